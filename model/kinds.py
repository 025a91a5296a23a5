"""What a file is, by its first bytes: for readers that have to say what they were given instead."""

__all__ = ["GZIP", "kind_of"]

GZIP = b"\x1f\x8b"
"""First bytes of a gzip file."""

_KINDS = (
    (GZIP, "a gzip file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"(\xb5/\xfd", "a Zstandard file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x93NUMPY", "a NumPy array (.npy)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
    (b"MATLAB ", "a MATLAB file"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "a Feather file"),
    (b"SQLite format 3", "an SQLite database, as ROS 2 records"),
    (b"RIFF", "a film or sound (RIFF)"),
    (b"\0\0\x08\x01", "an IDX file"),
    (b"\0\0\x08\x03", "an IDX file"),
    (b"\x80\x02", "a Python pickle"),
    (b"\x80\x03", "a Python pickle"),
    (b"\x80\x04", "a Python pickle"),
    (b"\x80\x05", "a Python pickle"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (
        b"version https://git-lfs",
        "a Git LFS pointer, which git lfs pull replaces by the file",
    ),
    (b"#!AER-DAT", "an AEDAT recording"),
    (b"#ROSBAG V", "a ROS bag"),
    (b"\x89MCAP0\r\n", "an MCAP recording"),
    (b"Event Stream", "an Event Stream recording (.es)"),
)

_PAGE = (b"<!doctype html", b"<html")


def kind_of(head: bytes) -> str | None:
    """Return what a file that begins with `head` is, as words for a sentence, or None.

    Parameters
    ----------
    head : bytes
        The first 512 bytes or so; all of a shorter file.
    """
    if not head:
        return "an empty file"
    for begin, kind in _KINDS:
        if head.startswith(begin):
            return kind
    if head[:512].lstrip().lower().startswith(_PAGE):
        return "a web page, as a failed download leaves it"
    if head[257:262] == b"ustar":
        return "a tar archive"
    return None
