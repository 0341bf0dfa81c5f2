"""Everything paperchat raises on purpose.

PaperchatError
├── UsageError          a setting, filter or argument that is invalid
│   └── UnknownProviderError
├── SourceError         an input that cannot be read, or is recognised by nothing
├── LibraryError        the library on disk
│   ├── LibraryBusyError       another process is writing to it
│   ├── LibraryVersionError    it was written by a newer paperchat
│   ├── LibraryMismatchError   its manifest and the settings disagree
│   └── StorageError           the disk is full, read-only or damaged
│       └── UnavailableError   a server that the library needs is away for now
├── NotFoundError       a paper or answer that is not in the library
├── ModelError          an embedding or language model that cannot be used
├── ClusterError        a Ray cluster that cannot be reached or used
└── StoppedError        work that its caller stopped

Each message is one line that says what is wrong, where, and what to do next. The command line prints it
after ``paperchat: error:`` and exits with status 2.
"""


class PaperchatError(Exception):
    """Base of the tree; catch this to catch all of them."""


class UsageError(PaperchatError):
    """A setting, filter or argument that is invalid."""


class UnknownProviderError(UsageError):
    """A ``provider:name`` whose provider paperchat does not know."""


class SourceError(PaperchatError):
    """An input that cannot be read, or that no source recognises."""


class LibraryError(PaperchatError):
    """Something is wrong with the library on disk."""


class LibraryBusyError(LibraryError):
    """Another process is writing to the library."""


class LibraryVersionError(LibraryError):
    """The library was written by a newer paperchat."""


class LibraryMismatchError(LibraryError):
    """The library was built with other settings than those in force."""


class StorageError(LibraryError):
    """The disk is full, read-only or damaged."""


class UnavailableError(StorageError):
    """A server that the library needs cannot be reached, or has ended the connection: try again."""


class NotFoundError(PaperchatError):
    """A paper or answer that is not in the library."""


class ModelError(PaperchatError):
    """An embedding or language model that cannot be used."""


class ClusterError(PaperchatError):
    """A Ray cluster that cannot be reached or used."""


class StoppedError(PaperchatError):
    """Work that was ended, before it was done, by who had asked for it."""
