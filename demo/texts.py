"""The texts of the sample data's city halls: reply templates, decisions, requests, notes."""

from dataclasses import dataclass

from approvals.reply_templates.models import Occasion
from markets.models import Language

APPEAL_NOTICES = {
    "brasov": (
        "Împotriva acestei decizii se poate depune contestație la primărie, în scris,"
        " în termen de 30 de zile de la comunicare."
    ),
    "vienna": (
        "Gegen diese Entscheidung kann binnen vier Wochen ab Zustellung schriftlich Beschwerde"
        " beim Marktamt erhoben werden."
    ),
    "nuremberg": (
        "Gegen diesen Bescheid kann innerhalb eines Monats nach Bekanntgabe Widerspruch beim"
        " Marktamt der Stadt Nürnberg eingelegt werden."
    ),
}
OFFICER_NAMES = {
    "brasov": "Ioana Marin",
    "vienna": "Leopold Huber",
    "nuremberg": "Katharina Vogel",
}
REJECTIONS = {
    Language.RO: (
        "Vă mulțumim pentru cerere. Criteriile publicate odată cu apelul cer produse potrivite"
        " pentru un târg de Crăciun, lucrate în cea mai mare parte manual. Produsele"
        " dumneavoastră nu îndeplinesc această condiție."
    ),
    Language.DE: (
        "Vielen Dank für Ihre Bewerbung. Unsere Kriterien, veröffentlicht mit der Ausschreibung,"
        " verlangen Waren, die zu einem Weihnachtsmarkt passen und überwiegend von Hand gefertigt"
        " sind. Auf Ihr Angebot trifft das nicht zu."
    ),
}


@dataclass(frozen=True, kw_only=True)
class ChangeRequest:
    """A request for changes. `answer` is the line that the merchant then added to the goods."""

    field: str
    message: str
    answer: str = ""


CHANGE_REQUESTS = {
    "Turta dulce a lui Andrei": ChangeRequest(
        field="photos",
        message="Vă rugăm să adăugați o fotografie a căsuței văzute din față.",
    ),
    "Suppe mit Herz": ChangeRequest(
        field="marketDescription",
        message="Bitte nennen Sie alle Suppen einzeln, mit den Allergenen.",
    ),
    "Păpuși din Șchei": ChangeRequest(
        field="marketDescription",
        message="Vă rugăm să precizați care dintre păpuși sunt lucrate de dumneavoastră.",
        answer="Toate păpușile sunt cusute de mine, în atelierul din Șchei",
    ),
}

NOTES = {
    "Păpuși din Șchei": "Am vorbit la telefon: atelierul poate fi vizitat oricând.",
    "Fierăria din Cetate": "Pompierii cer o distanță de 3 m față de casele vecine. De verificat.",
    "Krippenfiguren Bauer": "Stand im Vorjahr neben dem Brunnen, keine Beschwerden.",
}


@dataclass(frozen=True, kw_only=True)
class SampleReplyTemplate:
    city: str
    language: Language
    occasion: Occasion
    title: str
    text: str


REPLY_TEMPLATES = [
    SampleReplyTemplate(
        city="brasov",
        language=Language.RO,
        occasion=Occasion.REJECT,
        title="Nu mai este loc",
        text=(
            "Am primit pentru {city} mult mai multe cereri decât căsuțe. În categoria"
            " dumneavoastră toate locurile sunt ocupate, așa că nu putem primi „{market}”"
            " anul acesta. Vă rugăm să aplicați și la anul."
        ),
    ),
    SampleReplyTemplate(
        city="brasov",
        language=Language.RO,
        occasion=Occasion.REQUEST_CHANGES,
        title="Fotografii mai clare",
        text=(
            "Cererea {reference} este aproape completă. Vă rugăm să o corectați până la"
            " {decide_by}; pentru întrebări scrieți la {contact}."
        ),
    ),
    SampleReplyTemplate(
        city="brasov",
        language=Language.RO,
        occasion=Occasion.APPROVE,
        title="Bun venit",
        text="Ne bucurăm că „{market}” vine la târg. Primiți locul exact până la {decide_by}.",
    ),
    SampleReplyTemplate(
        city="brasov",
        language=Language.EN,
        occasion=Occasion.REJECT,
        title="No room left",
        text=(
            "{city} received far more applications than there are stalls. All places in your"
            " category are taken, so we cannot offer one to “{market}” this year."
        ),
    ),
    SampleReplyTemplate(
        city="vienna",
        language=Language.DE,
        occasion=Occasion.REJECT,
        title="Kein Platz mehr",
        text=(
            "Für {city} gab es deutlich mehr Bewerbungen als Hütten. In Ihrer Kategorie sind alle"
            " Plätze vergeben, daher können wir „{market}“ heuer nicht aufnehmen."
        ),
    ),
    SampleReplyTemplate(
        city="vienna",
        language=Language.DE,
        occasion=Occasion.REQUEST_CHANGES,
        title="Unterlagen ergänzen",
        text=(
            "Ihre Bewerbung {reference} ist fast vollständig. Bitte ergänzen Sie sie, damit wir"
            " bis {decide_by} entscheiden können. Fragen beantwortet {contact}."
        ),
    ),
    SampleReplyTemplate(
        city="nuremberg",
        language=Language.DE,
        occasion=Occasion.REJECT,
        title="Kein Platz mehr",
        text=(
            "Auf dem Markt in {city} sind in Ihrer Kategorie alle Plätze vergeben. Bitte bewerben"
            " Sie sich mit „{market}“ im kommenden Jahr wieder."
        ),
    ),
]
