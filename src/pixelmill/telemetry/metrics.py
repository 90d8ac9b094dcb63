"""Every metric of every role. Prefix `pixelmill_`; labels are bounded: route templates, codes, formats, stages."""

from prometheus_client import Counter, Gauge, Histogram, Info

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
BYTES = (1e3, 1e4, 1e5, 2.5e5, 5e5, 1e6, 2.5e6, 5e6, 1e7, 3.2e7, 1e8)
PIXELS = (1e4, 1e5, 5e5, 1e6, 2.5e6, 6e6, 1.2e7, 2.4e7, 4.8e7, 1e8)

build = Info("pixelmill_build", "Version of this process.")

# --- api -------------------------------------------------------------------------------------------------------------
api_requests = Counter("pixelmill_api_requests", "Requests answered.", ["method", "route", "status"])
api_seconds = Histogram("pixelmill_api_request_seconds", "Time to answer.", ["method", "route"], buckets=SECONDS)
api_waiting = Gauge("pixelmill_api_waiting", "Requests that wait for a task (`Prefer: wait`).")
api_streams = Gauge("pixelmill_api_streams", "Event streams that are open.")
submissions = Counter(
    "pixelmill_submissions", "Submitted tasks by outcome: queued, coalesced, cached, refused.", ["outcome"]
)
rate_limited = Counter("pixelmill_rate_limited", "Requests refused by a rate limit: submissions, reads.", ["limit"])
calls_uncounted = Counter(
    "pixelmill_calls_uncounted", "Calls no rate limit was applied to because Redis did not answer."
)

# --- queue -----------------------------------------------------------------------------------------------------------
queue_tasks = Gauge("pixelmill_queue_tasks", "Tasks by state.", ["state"])
dead_letters = Gauge("pixelmill_dead_letters", "Tasks given up although trying again may help.")
workers = Gauge("pixelmill_workers", "Workers alive.")
queue_oldest_seconds = Gauge("pixelmill_queue_oldest_seconds", "Age of the task that waits longest.")

# --- worker ----------------------------------------------------------------------------------------------------------
tasks = Counter("pixelmill_tasks", "Tasks ended by outcome; code is empty on success.", ["status", "code"])
attempts_failed = Counter("pixelmill_attempts_failed", "Attempts that failed, by code.", ["code"])
tasks_running = Gauge("pixelmill_tasks_running", "Tasks in flight.")
stage_seconds = Histogram("pixelmill_stage_seconds", "Time a task spends in a stage.", ["stage"], buckets=SECONDS)
source_bytes = Histogram("pixelmill_source_bytes", "Size of sources.", ["format"], buckets=BYTES)
source_pixels = Histogram("pixelmill_source_pixels", "Pixels of sources.", ["format"], buckets=PIXELS)
result_bytes = Histogram("pixelmill_result_bytes", "Size of variants.", ["format"], buckets=BYTES)
fetch_failures = Counter("pixelmill_fetch_failures", "Fetches that failed, by code.", ["code"])
sources = Counter(
    "pixelmill_sources", "Sources obtained: downloaded, cached (used without asking), unchanged (asked).", ["way"]
)
postponed = Counter(
    "pixelmill_tasks_postponed",
    "Tasks put back, no attempt used: no turn for a host or source, or no store.",
)
children_running = Gauge("pixelmill_children_running", "Sandboxed children alive.")
children_started = Counter("pixelmill_children_started", "Sandboxed children started.")
children_killed = Counter("pixelmill_children_killed", "Sandboxed children killed.", ["reason"])
children_memory_bytes = Gauge("pixelmill_children_memory_bytes", "Resident memory of all children.")

# --- audit -----------------------------------------------------------------------------------------------------------
audit_lag_entries = Gauge("pixelmill_audit_lag_entries", "Outcomes in Redis that are not in Postgres yet.")
audit_rows_written = Counter("pixelmill_audit_rows_written", "Rows written to the trail.")
audit_rows_removed = Counter("pixelmill_audit_rows_removed", "Rows of the trail that were too old.")
audit_failures = Counter("pixelmill_audit_failures", "Batches that could not be written.")

# --- cleanup crew ----------------------------------------------------------------------------------------------------
sweeps = Counter("pixelmill_sweeps", "Sweeps by outcome.", ["outcome"])
sweep_seconds = Histogram("pixelmill_sweep_seconds", "Time of a sweep.", buckets=SECONDS)
swept_files = Counter("pixelmill_swept_files", "Files removed.", ["kind"])
swept_bytes = Counter("pixelmill_swept_bytes", "Bytes removed.", ["kind"])
swept_tasks = Counter("pixelmill_swept_tasks", "Tasks expired in Redis.", ["state"])
source_cache_bytes = Gauge("pixelmill_source_cache_bytes", "What fetched sources take in the store.")
last_sweep_timestamp = Gauge("pixelmill_last_sweep_timestamp_seconds", "When the last sweep ended, in Unix time.")
