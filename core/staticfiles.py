"""Static files: hashed in a local folder, published to the bucket, named by the manifest."""

from __future__ import annotations

import posixpath
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile

if TYPE_CHECKING:
    from collections.abc import Iterator

IMPORT = re.compile(r'^@import "([^"]+)";$', re.MULTILINE)

Paths = dict[str, tuple[Any, str]]
"""What `collectstatic` found: by its name, the storage in which a file is and its path there."""


class HashedStorage(ManifestStaticFilesStorage):
    """Django's hashed static files, in which ours can be written in many small ones.

    Scripts import one another by their hashed names. A style sheet has what it
    imports in the place of each import: asking for 23 files instead of one takes
    a phone's line twice as long.
    """

    support_js_module_import_aggregation = True

    def post_process(  # type: ignore[override]  # `collectstatic` names all but the paths
        self, paths: Paths, **options: Any
    ) -> Iterator[Any]:
        sheets = {name: Sheet(name, paths) for name in paths if name.endswith(".css")}
        parts = {part for sheet in sheets.values() for part in sheet.parts}
        whole = {
            name: (sheets.get(name, storage), path)
            for name, (storage, path) in paths.items()
            if name not in parts
        }
        yield from super().post_process(whole, **options)


class Sheet:
    """A style sheet with what it imports, as the storage that Django reads it from."""

    def __init__(self, name: str, paths: Paths) -> None:
        folder = posixpath.dirname(name)
        css = read(name, paths)
        self.parts = [posixpath.join(folder, part) for part in IMPORT.findall(css)]
        self.css = IMPORT.sub(lambda found: read(posixpath.join(folder, found[1]), paths), css)

    def open(self, _path: str) -> ContentFile[bytes]:
        return ContentFile(self.css.encode())


def read(name: str, paths: Paths) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())


class StaticStorage(HashedStorage):
    """Hashed static files, served from the bucket.

    `collectstatic` hashes the files under STATIC_ROOT and then publishes the hashed
    copies. Pages take the names from the manifest in the same folder, which is part of
    the function's package: a cold start reads one small file, makes no call and does
    not load boto3.
    """

    def post_process(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        yield from super().post_process(*args, **kwargs)
        if not kwargs.get("dry_run"):
            self._publish()

    def url(  # type: ignore[override]  # Django's mixin narrows it as well
        self,
        name: str,
        force: bool = True,  # noqa: FBT001, FBT002 (Django's)
    ) -> str:
        """Return the URL of the hashed file, also in debug mode: no other is published."""
        return super().url(name, force=force)

    def _publish(self) -> None:
        # Always all files: the folder may have been filled for another stage's bucket.
        from core.storage import StaticObjects

        with closing(StaticObjects()) as bucket:
            for name in sorted(set(self.hashed_files.values())):
                with self.open(name) as content:
                    bucket.save(name, content)
