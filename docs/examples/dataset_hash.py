"""The content hash of a dataset, computed from nothing but its files: python3 dataset_hash.py DATASET"""

import hashlib
import json
import pathlib
import sys

import pyarrow
import pyarrow.parquet

# One row: 52 bytes, little-endian, no padding, the columns in this order.
COLUMNS = [(name, pyarrow.float64(), 8) for name in ("local_us", "exch_us", "seq", "price", "size")]
COLUMNS += [(name, pyarrow.uint32(), 4) for name in ("instrument", "ref")]
COLUMNS += [(name, pyarrow.uint8(), 1) for name in ("kind", "feed", "side", "flags")]
ROW = sum(width for _, _, width in COLUMNS)


def rows_as_bytes(batch):
    """The rows of a batch, one after the other."""
    block = bytearray(batch.num_rows * ROW)
    at = 0
    for name, kind, width in COLUMNS:
        column = pyarrow.concat_arrays([batch.column(name).cast(kind)])
        values = memoryview(column.buffers()[1])[: batch.num_rows * width]
        for byte in range(width):
            block[at + byte :: ROW] = values[byte::width]
        at += width
    return block


folder = pathlib.Path(sys.argv[1])
manifest = json.loads((folder / "manifest.json").read_text())
digest = hashlib.sha256()
rows = 0
for entry in manifest["files"]:
    if not entry["path"].endswith(".parquet"):
        continue
    for batch in pyarrow.parquet.ParquetFile(folder / entry["path"]).iter_batches():
        digest.update(rows_as_bytes(batch))
        rows += batch.num_rows

# After the rows the side tables, as JSON with sorted keys and no spaces.
said = {name: json.loads((folder / f"{name}.json").read_text()) for name in ("instruments", "resolutions")}
said["rows"] = rows
digest.update(json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())

print(digest.hexdigest())
sys.exit(0 if digest.hexdigest() == manifest["dataset_hash"] else 1)
