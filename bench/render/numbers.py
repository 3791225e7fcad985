"""How figures are written: three digits that matter, the same in every kind of output."""

NOTHING = "–"


def number(value):
    """12,345 / 123 / 12.3 / 1.23 / 0.123; a whole number as it is."""
    if isinstance(value, int):
        return f"{value:,}"
    if not isinstance(value, float):
        return NOTHING
    size = abs(value)
    digits = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.9995 or size == 0 else 3
    return f"{value:,.{digits}f}"


def spread(figure):
    """Median (least–most); the median alone of a single run."""
    if figure is None:
        return NOTHING
    if figure.runs < 2:
        return number(figure.median)
    return f"{number(figure.median)} ({number(figure.least)}–{number(figure.most)})"


def percent(value):
    """+12% / −5% / ±0%."""
    if value is None:
        return NOTHING
    rounded = round(value)
    return "±0%" if rounded == 0 else f"{rounded:+,}%".replace("-", "−")


def times(value):
    """×0.71"""
    return NOTHING if value is None else f"×{value:,.2f}" if value < 100 else f"×{value:,.0f}"


def duration(seconds):
    """118 s, or 12 min 5 s."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"
