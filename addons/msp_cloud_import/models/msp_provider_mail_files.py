"""Which attachments of a mail are files of a provider."""

from pathlib import PurePosixPath

from odoo import models
from odoo.tools.mimetypes import guess_mimetype

# Parts of mails that say nothing, and are left out without a word.
_CLUTTER = {
    *("asc", "bmp", "eml", "gif", "htm", "html", "ics", "jpeg", "jpg", "p7m", "p7s"),
    *("png", "sig", "svg", "tif", "tiff", "vcf", "webp"),
}
# Documents for people: kept with the mail, not read.
_DOCUMENTS = {"doc", "docx", "odt", "pdf", "ppt", "pptx", "rtf"}
NAME_CHARS = 200


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _message_parse_extract_payload_postprocess(self, message, payload_dict):
        """Keep the bytes of text attachments beside the text.

        Odoo decodes them by what the mail says of them, or as UTF-8 if it says
        nothing; what cannot be decoded is lost.
        """
        payload = super()._message_parse_extract_payload_postprocess(
            message, payload_dict
        )
        texts = [one for one in payload["attachments"] if isinstance(one.content, str)]
        if not texts:
            return payload
        raw = {}
        for part in message.walk():
            if part.get_content_maintype() == "text":
                key = part.get_filename() or "attachment", part.get_content()
                raw.setdefault(key, []).append(part.get_payload(decode=True))
        for attachment in texts:
            found = raw.get((attachment.fname, attachment.content))
            if found and isinstance(attachment.info, dict):
                attachment.info["msp_raw"] = found.pop(0)
        return payload


def sort_attachments(attachments):
    """Return what may be a provider's file, and what is a document, of a mail.

    :param attachments: tuples (name, content, info) as Odoo parses them
    :return: two lists of (name, bytes)
    """
    files, documents = [], []
    for name, content, *info in attachments:
        content = _to_bytes(content, info[0] if info else {})
        name = _clean(name)
        if content is None or not name:
            continue
        ending = PurePosixPath(name).suffix.lower().lstrip(".")
        if ending in _CLUTTER or guess_mimetype(content[:1024]).startswith("image/"):
            continue
        is_document = ending in _DOCUMENTS or content.startswith(b"%PDF-")
        (documents if is_document else files).append((name, content))
    return files, documents


def _to_bytes(content, info):
    """Return the bytes of an attachment, or None for what is no file."""
    if isinstance(content, str):
        raw = (info or {}).get("msp_raw")
        return content.encode() if raw is None else raw
    return bytes(content) if isinstance(content, bytes | bytearray) else None


def _clean(name):
    """Return a name without path and control characters; empty: a part of the text."""
    if not name or name == "attachment":
        return ""
    name = name.replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in name if one.isprintable()).strip()[-NAME_CHARS:]
