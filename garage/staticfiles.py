"""Static files: hashed into a local folder, published to the bucket, named from the manifest."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedStorage(ManifestStaticFilesStorage):
    """Django's hashed static files; scripts import one another by their hashed names too."""

    support_js_module_import_aggregation = True


class StaticStorage(HashedStorage):
    """Hashed static files, served from the bucket.

    `collectstatic` hashes the files under STATIC_ROOT and then publishes the
    hashed copies. Pages take the names from the manifest in the same folder,
    which travels in the function's package: a cold start reads one small file,
    calls nobody and does not load boto3.
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
        """Return the address of the hashed file, in debugging too: no other is published."""
        return super().url(name, force=force)

    def _publish(self) -> None:
        # Always all of them: the folder may have been made for another stage's bucket.
        from garage.storage import StaticObjects

        with closing(StaticObjects()) as bucket:
            for name in sorted(set(self.hashed_files.values())):
                with self.open(name) as content:
                    bucket.save(name, content)
