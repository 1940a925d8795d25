"""What the server is measured against, under the same uvicorn settings: `python -m tests.bench.rivals FILE BETA`.

`/bare` and `/bare-beta` return stored bytes from a FastAPI without middleware; `/models` builds and encodes
the same stocks as response models each time.
"""

import json
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Response
from pydantic import BaseModel


class Stock(BaseModel):
    """A row of the heatmap."""

    ticker: str
    name: str | None
    sector: str | None
    betas: dict[str, float]
    t_stats: dict[str, float]
    market_beta: float
    alpha_annual: float
    r_squared: float
    observations: int


class Sector(BaseModel):
    """A sector of the heatmap."""

    sector: str | None
    count: int
    betas: dict[str, float]
    median_betas: dict[str, float]
    r_squared: float


class Map(BaseModel):
    """The heatmap."""

    window: int
    as_of: str
    stocks: list[Stock]
    sectors: list[Sector]


def application(heatmap: bytes, packed: bytes, beta: bytes) -> FastAPI:
    """The three routes."""
    app = FastAPI()
    rows = json.loads(heatmap)
    encoding = {"content-encoding": "gzip"}

    @app.get("/bare")
    async def bare() -> Response:
        return Response(packed, media_type="application/json", headers=encoding)

    @app.get("/bare-beta")
    async def bare_beta() -> Response:
        return Response(beta, media_type="application/json", headers=encoding)

    @app.get("/models", response_model=Map)
    async def models() -> Map:
        return Map(
            window=rows["window"],
            as_of=rows["as_of"],
            stocks=[Stock(**row) for row in rows["stocks"]],
            sectors=[Sector(**row) for row in rows["sectors"]],
        )

    return app


if __name__ == "__main__":
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    bodies = [(folder / name).read_bytes() for name in ("heatmap.json", "heatmap.gz", "beta.gz")]
    uvicorn.run(
        application(*bodies), port=port, log_config=None, access_log=False, proxy_headers=False, server_header=False,
        ws="none",
    )  # fmt: skip
