"""Executes notebooks with nbclient and prints, as JSON, how it judged each."""

import asyncio
import json
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError


async def judge(file):
    notebook = nbformat.read(file, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name="tslab",
        timeout=notebook.metadata.get("test_timeout", 60),
        startup_timeout=60,
        interrupt_on_timeout=notebook.metadata.get("test_interrupt", False),
    )
    try:
        await client.async_execute()
        verdict = ["ok", ""]
    except CellTimeoutError:
        verdict = ["timeout", ""]
    except DeadKernelError:
        verdict = ["dead", ""]
    except CellExecutionError as error:
        verdict = [error.ename, error.evalue]
    outputs = [cell.get("outputs", []) for cell in notebook.cells]
    return {"verdict": verdict, "outputs": outputs}


async def main(files):
    # Two at a time: a kernel start is mostly one core's work.
    gate = asyncio.Semaphore(2)

    async def gated(file):
        async with gate:
            return await judge(file)

    print(json.dumps(dict(zip(files, await asyncio.gather(*map(gated, files))))))


asyncio.run(main(sys.argv[1:]))
