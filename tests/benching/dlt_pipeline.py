"""One sync by dlt: dlt_pipeline.py URL FOLDER DESTINATION, where DESTINATION is duckdb or a PostgreSQL address."""
import os
import sys

import dlt
from dlt.sources.rest_api import rest_api_source

url, folder, destination = sys.argv[1:]
base, _, path = url.rpartition("/")
source = rest_api_source({
    "client": {"base_url": base + "/", "paginator": {"type": "json_link", "next_url_path": "next"}},
    "resources": [{
        "name": "attendees", "primary_key": "id", "write_disposition": "merge",
        "endpoint": {"path": path, "data_selector": "results"},
    }],
})
if destination == "duckdb":
    target, layout = dlt.destinations.duckdb(os.path.join(folder, "peer.duckdb")), "parquet"
else:
    target, layout = dlt.destinations.postgres(destination), "csv"
pipeline = dlt.pipeline("bench", destination=target, dataset_name="bench", pipelines_dir=os.path.join(folder, "pipelines"))
pipeline.run(source, loader_file_format=layout).raise_on_failed_jobs()
