"""Domains of web sites and mail addresses."""

from urllib.parse import urlsplit

# Anybody has a mailbox there, so the domain says nothing about who it is.
_PUBLIC_MAIL_TEXT = """
    gmail.com googlemail.com outlook.com outlook.de hotmail.com hotmail.de live.com
    live.nl live.de msn.com yahoo.com yahoo.de icloud.com me.com mac.com aol.com
    gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de arcor.de mail.de
    posteo.de mailbox.org protonmail.com proton.me ziggo.nl kpnmail.nl planet.nl
    hetnet.nl xs4all.nl home.nl kolumbus.fi luukku.com saunalahti.fi elisanet.fi
    telenet.be skynet.be bluewin.ch a1.net aon.at orange.fr free.fr wanadoo.fr
"""
_PUBLIC_MAIL = frozenset(_PUBLIC_MAIL_TEXT.split())


def host_of(website: str) -> str:
    """Return the domain of a website, without "www."; empty if there is none."""
    text = website.strip().casefold()
    try:
        host = urlsplit(text if "//" in text else f"//{text}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")


def mail_domain(address: str) -> str:
    """Return the domain of a mail address; empty if it is none, or anybody's."""
    _local, at, domain = address.strip().casefold().rpartition("@")
    domain = domain.strip(" >;,")
    return domain if at and not is_public_mail(domain) else ""


def is_public_mail(domain: str) -> bool:
    """Return whether anybody may have an address at the domain."""
    return domain in _PUBLIC_MAIL
