"""How large a file may be."""

from dataclasses import dataclass

from .errors import UnreadableFile
from .sentence import _


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a file may be before it is refused.

    :param total_bytes: size after unpacking
    :param usage_bytes: the same of a CSV file of usage: neither the file nor its rows
        are held in memory
    :param workbook_bytes: the same of an .xlsx workbook, which can take many times
        as much memory
    :param ratio: unpacked size divided by packed size; deflate can reach 1032
    :param ratio_from_bytes: size from which on the ratio is looked at
    :param line_chars: longest line of a text, longest tag of a workbook in bytes
    :param columns: most columns
    :param text_bytes: unpacked size of an .xlsx workbook's texts, as of its styles
    :param cells: area of an .xlsx workbook's sheet, which is held in memory: about
        100 bytes each
    :param sheet_text: characters of the texts that the cells of a sheet share
    :param files: most files in one archive
    :param member_bytes: unpacked size from which on the only table of an archive is
        not held in memory
    :param archive_depth: how deep archives may lie inside one another
    :param archive_bytes: size of a ZIP archive that gzip packed again
    :param xls_bytes: size of an .xls workbook, which is held in memory
    :param rows: most rows of a Parquet file, and most values in a page of one
    :param page_bytes: unpacked size of such a page
    """

    total_bytes: int = 1 << 30
    usage_bytes: int = 8 << 30
    workbook_bytes: int = 256 << 20
    ratio: int = 400
    ratio_from_bytes: int = 32 << 20
    line_chars: int = 1 << 20
    columns: int = 1000
    text_bytes: int = 64 << 20
    cells: int = 5_000_000
    sheet_text: int = 256 << 20
    files: int = 200
    member_bytes: int = 64 << 20
    archive_depth: int = 2
    archive_bytes: int = 256 << 20
    xls_bytes: int = 32 << 20
    rows: int = 10_000_000
    page_bytes: int = 256 << 20

    def check_ratio(self, name: str, unpacked: int, packed: int) -> None:
        """Refuse what only a bomb unpacks to.

        :raise UnreadableFile: it is one
        """
        if unpacked > self.ratio_from_bytes and unpacked > self.ratio * packed:
            raise UnreadableFile(
                name,
                _(
                    "unpacks to more than %(ratio)s times its size, which no billing "
                    "file does; download it again from the provider",
                    ratio=self.ratio,
                ),
            )
