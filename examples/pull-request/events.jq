def resources: (.resources // [])[], ((.child_modules // [])[] | resources);
def cell: . // "" | tostring | gsub("\\|"; "\\|") | gsub("\\s+"; " ");

(.values.root_module // {}) | resources
| .address as $address | .values.last_cutover // empty
| select(.finished_at >= $since)
| "**\($address)**: \(.result)", "",
  "| At | Step | Why | Result | Seconds | Request |", "|---|---|---|---|---:|---|",
  (.events[] | "| " + ([.at, .step, .why, .result, .seconds, .request_id] | map(cell) | join(" | ")) + " |"), ""
