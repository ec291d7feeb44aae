"""Static files: hashed in a local folder, published to the bucket, named by the manifest."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class StaticStorage(ManifestStaticFilesStorage):
    """Django's hashed static files, served from the bucket.

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
