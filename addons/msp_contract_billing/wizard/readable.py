def readable(record):
    """Return `record` with no more rights than the user has.

    What a wizard proposes is computed and stored with all rights, of whatever
    contract somebody names.

    :raise AccessError: the user may not read it
    """
    record = record.sudo(False)
    record.check_access("read")
    return record
