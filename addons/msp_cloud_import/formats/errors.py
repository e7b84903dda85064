"""What stops a file, or a cell, from being read; messages are for a clerk."""

from .sentence import _


class FormatsError(Exception):
    """Base of everything this package raises on purpose.

    :param sentence: what is wrong, for people
    """

    def __init__(self, sentence: str):
        self.sentence = sentence
        super().__init__(sentence)


class UnreadableFile(FormatsError):
    """The file as a whole cannot be read; the message is one sentence.

    It names the file, what is wrong with it and what to do.

    :param file_name: name of the file as the person knows it
    :param reason: rest of the sentence, without the final full stop
    """

    def __init__(self, file_name: str, reason: str):
        self.file_name, self.reason = file_name, reason
        super().__init__(_("“%(file)s” %(reason)s.", file=file_name, reason=reason))


class UnknownHeader(UnreadableFile):
    """A table was found, but no format reads it.

    :param header: column names as in the file, made distinct
    :param samples: the first rows below the header, as texts
    :param header_row: its number as a spreadsheet shows it
    :param fingerprint: of the header, see `layout.fingerprint`
    """

    def __init__(
        self,
        file_name: str,
        reason: str,
        *,
        header: tuple[str, ...],
        samples: tuple[tuple[str, ...], ...],
        header_row: int,
        fingerprint: str,
    ):
        super().__init__(file_name, reason)
        self.header, self.samples = header, samples
        self.header_row, self.fingerprint = header_row, fingerprint


class UnknownFormat(FormatsError):
    """No reader has this id.

    :param format_id: the id asked for
    :param known: the ids that exist
    """

    def __init__(self, format_id: str, known: tuple[str, ...]):
        self.format_id, self.known = format_id, known
        super().__init__(
            _(
                "There is no format “%(format)s”; known formats are %(formats)s.",
                format=format_id,
                formats=", ".join(known),
            )
        )


class BadCell(FormatsError):
    """One cell cannot be understood; becomes part of a Problem.

    :param expected: what a correct value looks like, and what to do
    """

    def __init__(self, expected: str):
        self.expected = expected
        super().__init__(expected)
