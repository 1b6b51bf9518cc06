"""Host (in work)."""


class Host:
    pass
