"""The format of a backup: one compressed archive, a manifest with checksums first, then the files that it lists."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from paperchat.errors import LibraryVersionError, StorageError, UsageError
from paperchat.storage.errors import storage_error
from paperchat.storage.schema import HEAD, REVISIONS

SUFFIX = ".tar.gz"
_FORMAT = 1
_MANIFEST = "manifest.json"
_MAX_MANIFEST_BYTES = 2**26
_COMPRESSION = 3
_CHUNK = 2**20
_PATH_PATTERN = re.compile(r"catalogue\.sqlite|(chroma|tantivy|uploads)(/[^/\\\x00-\x1f\x7f]+)+")
_SHA256_PATTERN = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedFile:
    """A file of a backup; ``path`` is below the library's folder, with slashes."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupManifest:
    """What a backup holds; ``catalogue`` is the revision of its tables, ``paperchat`` the version that wrote it."""

    created_at: str
    paperchat: str
    catalogue: str
    papers: int
    passages: int
    files: tuple[ArchivedFile, ...]

    def as_json(self) -> dict[str, Any]:
        """The manifest but for the list of files, of which there is the number and the size."""
        described = asdict(self)
        return {
            **described,
            "files": len(self.files),
            "bytes": sum(file.size for file in self.files),
        }


def list_files(folder: Path) -> tuple[ArchivedFile, ...]:
    """All files below ``folder``, ordered by path."""
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            with file.open("rb") as content:
                digest = hashlib.file_digest(content, "sha256").hexdigest()
            path = file.relative_to(folder).as_posix()
            found.append(ArchivedFile(path=path, size=file.stat().st_size, sha256=digest))
    return tuple(found)


def write_archive(target: IO[bytes], folder: Path, manifest: BackupManifest) -> None:
    """Write the manifest and the files that it lists, which are below ``folder``. May raise OSError."""
    head = json.dumps({"format": _FORMAT, **asdict(manifest)}, ensure_ascii=False, indent=1).encode()
    with tarfile.open(fileobj=target, mode="w:gz", compresslevel=_COMPRESSION) as archive:
        archive.addfile(_entry(_MANIFEST, len(head)), io.BytesIO(head))
        for file in manifest.files:
            with (folder / file.path).open("rb") as content:
                archive.addfile(_entry(file.path, file.size), content)


def read_archive(file: Path, folder: Path | None = None) -> BackupManifest:
    """Check a whole backup, and unpack it into ``folder``, if one is given, which is empty.

    Nothing is written but the files that the manifest lists, each below the folder.

    Raises:
        UsageError: it is not there, or no backup.
        LibraryVersionError: a newer paperchat wrote it.
        StorageError: it is damaged, or cannot be read or unpacked.
    """
    with _translate_errors(file, folder), gzip.open(file) as compressed, _opened(compressed, file) as archive:
        members = iter(archive)
        manifest = _read_manifest(archive, next(members, None), file)
        if folder is not None:
            _check_space(folder, manifest)
        missing = {listed.path: listed for listed in manifest.files}
        for member in members:
            listed = missing.pop(member.name, None)
            content = archive.extractfile(member) if member.isreg() else None
            if listed is None or content is None or member.size != listed.size:
                raise _damaged(file, f"{_shown(member.name)} is not what the manifest lists")
            if _copy(content, folder / listed.path if folder else None) != listed.sha256:
                raise _damaged(file, f"the checksum of {_shown(listed.path)} is wrong")
        if missing:
            raise _damaged(file, f"{_shown(min(missing))} is missing")
        while compressed.read(_CHUNK):  # to its own checksum at the end, which is of the manifest, too
            pass
    return manifest


def _opened(compressed: gzip.GzipFile, file: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(fileobj=compressed, mode="r|")
    except (gzip.BadGzipFile, tarfile.ReadError) as error:
        raise _no_backup(file) from error


def _read_manifest(archive: tarfile.TarFile, member: tarfile.TarInfo | None, file: Path) -> BackupManifest:
    content = archive.extractfile(member) if member and member.isreg() and member.name == _MANIFEST else None
    if member is None or content is None or member.size > _MAX_MANIFEST_BYTES:
        raise _no_backup(file)
    try:
        found = json.loads(content.read())
        if not isinstance(found, dict) or type(found["format"]) is not int:
            raise _no_backup(file)
        if found["format"] > _FORMAT or found["catalogue"] > HEAD:
            raise LibraryVersionError(
                f"the backup {file} was written by a newer paperchat ({_shown(found['paperchat'])}, catalogue "
                f"{_shown(found['catalogue'])}; this one knows {HEAD}): upgrade paperchat"
            )
        return _parsed(found)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(file, "its manifest is malformed") from error


def _parsed(found: Mapping[str, Any]) -> BackupManifest:
    """The manifest in a document; raises ValueError, KeyError or TypeError where it is malformed."""
    files = tuple(
        ArchivedFile(path=str(one["path"]), size=int(one["size"]), sha256=str(one["sha256"])) for one in found["files"]
    )
    paths = {one.path for one in files}
    if len(paths) != len(files) or "catalogue.sqlite" not in paths or found["catalogue"] not in REVISIONS:
        raise ValueError
    for one in files:
        if not _PATH_PATTERN.fullmatch(one.path) or {".", ".."} & {*one.path.split("/")}:
            raise ValueError
        if one.size < 0 or not _SHA256_PATTERN.fullmatch(one.sha256):
            raise ValueError
    return BackupManifest(
        created_at=str(found["created_at"]),
        paperchat=str(found["paperchat"]),
        catalogue=str(found["catalogue"]),
        papers=int(found["papers"]),
        passages=int(found["passages"]),
        files=files,
    )


def _check_space(folder: Path, manifest: BackupManifest) -> None:
    needed, free = sum(file.size for file in manifest.files), shutil.disk_usage(folder).free
    if free < needed:
        raise StorageError(
            f"no space left for the library at {folder.parent.parent}: {needed:,} bytes are needed, {free:,} are free"
        )


def _copy(content: IO[bytes], target: Path | None) -> str:
    """Read a file of an archive to its end, into a new file at ``target``, if one is given; return its SHA-256."""
    digest = hashlib.sha256()
    if target is None:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
        return digest.hexdigest()
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as unpacked:
        while chunk := content.read(_CHUNK):
            digest.update(chunk)
            unpacked.write(chunk)
        unpacked.flush()
        os.fsync(unpacked.fileno())
    return digest.hexdigest()


@contextmanager
def _translate_errors(file: Path, folder: Path | None) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        if folder is not None and file.exists():
            raise storage_error("the library", folder.parent.parent, error, remedy="check the folder") from error
        raise UsageError(f"there is no file {file}: name a backup that `paperchat backup` wrote") from error
    except (EOFError, gzip.BadGzipFile, zlib.error, tarfile.TarError) as error:
        raise _damaged(file, "it is cut short or changed") from error
    except OSError as error:
        where = file if folder is None or error.filename == str(file) else folder.parent.parent
        raise storage_error("the backup", where, error, remedy="check the disk") from error


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _no_backup(file: Path) -> UsageError:
    return UsageError(f"{file} is not a backup: name a file that `paperchat backup` wrote")


def _damaged(file: Path, reason: str) -> StorageError:
    return StorageError(f"the backup {file} is damaged ({reason}): restore another one")


def _shown(value: object) -> str:
    return ascii(value)[:100]
