"""Execute a notebook without a browser and write what came out of it.

Usage: execute.py NOTEBOOK FOLDER KERNEL SECONDS OUT, the kernel working in FOLDER
Exit 0 when every cell ran to its end; OUT holds the executed notebook either way.
"""

import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

notebook, folder, kernel, seconds, out = sys.argv[1:]
book = nbformat.read(notebook, as_version=4)
client = NotebookClient(
    book,
    kernel_name=kernel,
    timeout=int(seconds),
    resources={"metadata": {"path": folder}},
)
code = 0
try:
    client.execute()
except CellExecutionError as error:
    print(error, file=sys.stderr)
    code = 1
nbformat.write(book, out)
sys.exit(code)
