"""Garage's own words in the languages in which it writes to merchants."""

from collections.abc import Mapping

from markets.details import LABELS
from markets.models import Language, Market, ReasonCode

JSON_NAMES: Mapping[str, str] = {
    name: str(Market.get_attributes()[name].attr_name) for name in LABELS
}
"""What a field of the application is called in JSON, and so in a request for changes."""

NAMES: Mapping[str, str] = {json_name: name for name, json_name in JSON_NAMES.items()}

FIELDS: Mapping[Language, Mapping[str, str]] = {
    Language.EN: LABELS,
    Language.DE: {
        "name": "Name des Marktes",
        "description": "Waren",
        "average_price": "Durchschnittspreis",
        "category": "Kategorie",
        "photos": "Fotos",
        "frontage_m": "Frontlänge in Metern",
        "power_kw": "Strom in Kilowatt",
        "needs_water": "Braucht fließendes Wasser",
        "uses_gas": "Verwendet Gas",
        "alcohol": "Verkauft Alkohol",
        "legal_name": "Rechtlicher Name",
        "contact_email": "E-Mail-Adresse",
        "phone": "Telefon",
        "language": "Sprache",
    },
    Language.RO: {
        "name": "Numele căsuței",
        "description": "Produse",
        "average_price": "Preț mediu",
        "category": "Categorie",
        "photos": "Fotografii",
        "frontage_m": "Lățimea frontului în metri",
        "power_kw": "Putere electrică în kilowați",
        "needs_water": "Are nevoie de apă curentă",
        "uses_gas": "Folosește gaz",
        "alcohol": "Vinde alcool",
        "legal_name": "Denumirea juridică",
        "contact_email": "Adresa de e-mail",
        "phone": "Telefon",
        "language": "Limba",
    },
}

REASONS: Mapping[Language, Mapping[ReasonCode, str]] = {
    Language.EN: {code: str(code.label) for code in ReasonCode},
    Language.DE: {
        ReasonCode.NO_SPACE: "In dieser Kategorie ist kein Platz mehr frei",
        ReasonCode.ASSORTMENT: "Die Waren passen nicht zum Charakter des Marktes",
        ReasonCode.INCOMPLETE: "Die Bewerbung ist unvollständig",
        ReasonCode.SAFETY: "Anforderungen an Sicherheit oder Hygiene sind nicht erfüllt",
        ReasonCode.PAST_CONDUCT: "Pflichten aus einer früheren Saison wurden nicht erfüllt",
        ReasonCode.OTHER: "Ein anderer Grund, der im Text genannt ist",
    },
    Language.RO: {
        ReasonCode.NO_SPACE: "Nu mai este loc în această categorie",
        ReasonCode.ASSORTMENT: "Produsele nu se potrivesc cu tema târgului",
        ReasonCode.INCOMPLETE: "Cererea este incompletă",
        ReasonCode.SAFETY: "Cerințele de siguranță sau de igienă nu sunt îndeplinite",
        ReasonCode.PAST_CONDUCT: "Obligații dintr-un sezon anterior nu au fost îndeplinite",
        ReasonCode.OTHER: "Un alt motiv, arătat în text",
    },
}
