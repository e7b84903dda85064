"""Usual names of columns per target: English, German, some Dutch and Finnish.

For suggestions and for finding the header of an unknown file; a file is only ever
read by a profile somebody confirmed. Each spelling stands under one target.
"""

from collections.abc import Mapping

from .layout import normalised

_NAMES = {
    "invoice_id": """
        Invoice Number, Invoice No, Invoice ID, Invoice, Bill Number, Document
        Number, Statement Number, Rechnungsnummer, Rechnungsnr, Rechnung,
        Belegnummer, Beleg-Nr, Factuurnummer, Laskun numero
    """,
    "sub_account_id": """
        Customer ID, Customer Account ID, Customer Number, Customer No, End
        Customer ID, Account ID, Tenant ID, Company ID, Client ID, Organization
        ID, Kundennummer, Kunden-Nr, Kunden-ID, Kundennr, Endkundennummer,
        Mandant, Klantnummer, Asiakasnumero
    """,
    "sub_account_name": """
        Customer Name, Customer, End Customer Name, End Customer, Company Name,
        Company, Client Name, Client, Account Name, Organization, Tenant Name,
        Tenant, Kunde, Kundenname, Endkunde, Firma, Klant, Klantnaam, Asiakas,
        Asiakkaan nimi
    """,
    "customer_domain": """
        Domain, Domain Name, Customer Domain, Primary Domain, Tenant Domain,
        Kundendomain, Domäne, Domein, Verkkotunnus
    """,
    "subscription_id": """
        Subscription ID, Subscription Number, Subscription, Contract ID, Contract
        Number, Licence ID, License ID, Abonnement-ID, Abonnementnummer, Abo-Nr,
        Vertragsnummer, Vertrags-Nr, Lizenz-ID, Contractnummer, Tilauksen tunnus
    """,
    "sku_id": """
        SKU, SKU ID, MPN, Part Number, Part No, Vendor SKU, Product ID, Product
        Number, Product Code, Item Number, Item No, Article Number, Manufacturer
        Part Number, Resource SKU, Artikelnummer, Artikel-Nr, Artikelnr,
        Produktnummer, Hersteller-Nr, Herstellernummer, Materialnummer,
        Tuotenumero
    """,
    "service_name": """
        Product, Product Name, Service, Service Name, Service Description,
        Subscription Name, Item, Item Name, Offer Name, Article, Artikel,
        Artikelname, Artikelbezeichnung, Produkt, Produktname, Dienst, Tuote,
        Tuotenimi, Productnaam
    """,
    "sku_name": """
        Plan, Plan Name, SKU Name, Edition, Variant, Resource Name, Tarif,
        Variante
    """,
    "publisher_name": """
        Vendor, Vendor Name, Publisher, Publisher Name, Manufacturer, Brand,
        Hersteller, Anbieter, Fabrikant, Leverancier, Valmistaja
    """,
    "charge_description": """
        Description, Line Description, Item Description, Details, Text,
        Beschreibung, Bezeichnung, Positionstext, Omschrijving, Kuvaus
    """,
    "charge_type": """
        Charge Type, Order Type, Transaction Type, Line Type, Type, Billing Type,
        Action, Event, Vorgang, Buchungsart, Auftragsart, Belegart, Art, Tapahtuma
    """,
    "event_date": """
        Order Date, Change Date, Event Date, Transaction Date, Effective Date,
        Bestelldatum, Auftragsdatum, Änderungsdatum, Besteldatum, Tilauspäivä
    """,
    "pricing_quantity": """
        Quantity, Qty, Seats, Licenses, Licences, Users, Units, Billable Quantity,
        Ordered Amount, License Count, Seat Count, Menge, Anzahl, Stück,
        Stückzahl, Lizenzen, Benutzer, Aantal, Määrä
    """,
    "pricing_unit": """
        Unit, Unit of Measure, UOM, Unit Type, Einheit, ME, Mengeneinheit,
        Eenheid, Yksikkö
    """,
    "duration": """
        Duration, Proration, Prorate, Proration Factor, Pro Rata, Period Share,
        Faktor, Anteil
    """,
    "list_unit_price": """
        List Price, MSRP, Unit List Price, Retail Price, SRP, UVP, Listenpreis,
        Adviesprijs, Listahinta
    """,
    "contracted_unit_price": """
        Unit Price, Unit Cost, Price, Cost per Unit, Price per Unit, Price per
        Seat, Net Unit Price, Effective Unit Price, Recurrent Fee, Preis,
        Einzelpreis, Stückpreis, EK-Preis, Einkaufspreis, E-Preis, Prijs,
        Stukprijs, Yksikköhinta, Hinta
    """,
    "billed_cost": """
        Net Amount, Net Price, Net Cost, Net Total, Net, Subtotal, Amount, Line
        Amount, Line Total, Extended Cost, Extended Price, Total Cost, Total Net,
        Cost, Charge, Charge Amount, Nettobetrag, Betrag netto, Netto, Nettopreis,
        Gesamtpreis netto, Summe netto, Betrag, Gesamtpreis, Positionsbetrag, Bedrag,
        Nettobedrag, Netto Bedrag, Summa, Nettosumma
    """,
    "tax": """
        Tax, Tax Amount, VAT, VAT Amount, Tax Total, Sales Tax, MwSt, MwSt-Betrag,
        USt, Umsatzsteuer, Mehrwertsteuer, Steuer, Steuerbetrag, BTW, ALV
    """,
    "total": """
        Total, Total Amount, Gross Amount, Gross, Grand Total, Total incl Tax,
        Total incl VAT, Bruttobetrag, Brutto, Gesamt, Gesamtbetrag, Bruttobedrag,
        Totaal, Yhteensä
    """,
    "billing_currency": """
        Currency, Currency Code, Billing Currency, Invoice Currency, Reseller
        Account Currency, Währung, Rechnungswährung, Whg, Valuta, Valuutta
    """,
    "pricing_currency": """
        Pricing Currency, Price Currency, List Currency, Vendor Currency,
        Preiswährung
    """,
    "exchange_rate": """
        Exchange Rate, FX Rate, Currency Rate, Wechselkurs, Umrechnungskurs, Kurs,
        Wisselkoers, Vaihtokurssi
    """,
    "charge_period_start": """
        Period Start, From, Start Date, From Date, Charge Start Date, Billing
        Period Start, Service Start, Service Period Start, Usage Start, Charge
        Period Start, Start, Von, Zeitraum von, Leistungsbeginn, Periode von,
        Abrechnungsbeginn, Beginn, Van, Begindatum, Alkupäivä, Alkaa
    """,
    "charge_period_end": """
        Period End, To, End Date, To Date, Charge End Date, Billing Period End,
        Service End, Service Period End, Usage End, Charge Period End, End, Until,
        Through, Bis, Zeitraum bis, Leistungsende, Periode bis, Abrechnungsende,
        Ende, Tot, Einddatum, Loppupäivä, Päättyy
    """,
    "charge_period_text": """
        Period, Billing Period, Service Period, Charge Period, Billing Month,
        Month, Zeitraum, Leistungszeitraum, Abrechnungszeitraum, Abrechnungsmonat,
        Monat, Periode, Jakso, Laskutuskausi
    """,
    "term": """
        Term, Commitment, Contract Term, Commitment Term, Subscription Term,
        Laufzeit, Vertragslaufzeit, Bindung, Looptijd, Sopimuskausi
    """,
    "billing_plan": """
        Billing Frequency, Billing Cycle, Billing Plan, Billing Term, Frequency,
        Payment Plan, Abrechnungsrhythmus, Abrechnungszyklus,
        Abrechnungsintervall, Zahlweise, Rhythmus, Intervall, Facturatiefrequentie
    """,
    "term_start": """
        Term Start, Term Start Date, Subscription Start Date, Subscription Start,
        Contract Start, Commitment Start Date, Laufzeitbeginn, Vertragsbeginn
    """,
    "term_end": """
        Term End, Term End Date, Subscription End Date, Subscription End,
        Subscription Expiration Date, Contract End, Expiration Date, Expiry Date,
        Renewal Date, Commitment End Date, Laufzeitende, Vertragsende, Ablaufdatum
    """,
    "group_ref": """
        Reference, Reference ID, Order ID, Order Number, Order No, Referenz,
        Auftragsnummer, Bestellnummer, Bestelnummer, Referentie, Tilausnumero
    """,
}

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    target: tuple(" ".join(name.split()) for name in names.split(","))
    for target, names in _NAMES.items()
}

# normalised spelling -> target
USUAL: Mapping[str, str] = {
    normalised(spelling): target
    for target, found in SPELLINGS.items()
    for spelling in found
}
