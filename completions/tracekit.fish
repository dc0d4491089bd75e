# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_tracekit_global_optspecs
    string join \n q/quiet v/verbose color= progress= no-pager threads= now= h/help V/version
end

function __fish_tracekit_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_tracekit_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_tracekit_using_subcommand
    set -l cmd (__fish_tracekit_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c tracekit -n "__fish_tracekit_needs_command" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_needs_command" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_needs_command" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_needs_command" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_needs_command" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_needs_command" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_needs_command" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_needs_command" -s V -l version -d 'Print version'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "ingest" -d 'Read trace files into the store'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "demo" -d 'Make a small trace of a made-up swarm to try things on'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "formats" -d 'List the trace formats that can be read'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "query" -d 'Print records, or the rows of a view, that fit the filters'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "sql" -d 'Run an SQL query over the tables and views'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "show" -d 'Show one record whole'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "trace" -d 'Show a trace as a tree of spans with their own time'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "sessions" -d 'Sessions: start, duration, agents, errors, tokens'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "agents" -d 'Agents: tasks, durations, errors, tokens, most used tool'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "tasks" -d 'Tasks: attempts, time waited, run and lost in failed attempts'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "tools" -d 'Tools: calls, errors, durations'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "components" -d 'Components and operations: spans, errors, durations, self time'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "messages" -d 'Messages by pair of agents: sent, received, lost, latency'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "metrics" -d 'List the metrics, or show the history of some of them'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "errors" -d 'Show errors in clusters: pattern, count, rate, recovered or not, and what they led to'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "schema" -d 'Print the columns of the stored tables with their meaning'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "bottlenecks" -d 'Rank what costs time: slow agents, waits, retries, busy machines, with what to change'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "critical-path" -d 'Show what the end of runs waited for, and try what would make them faster'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "trends" -d 'Say whether it gets worse: every series\' direction, changes, forecast and limits'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "anomalies" -d 'Find values that were not to be expected, put together into incidents with their likely causes'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "health" -d 'Say how well the system, its components and its agents are, why, and what to do'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "tokens" -d 'Tokens and cost by agent and model, tool, session and day'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "loops" -d 'Find agents that turn in circles: repeated calls, ping-pong, stalls, deadlocks, no progress'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "report" -d 'Write one page for people: is it healthy, what to mend first, what happened, what it cost'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "store" -d 'Look after the store: what is in it, is it whole, make it smaller'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "export" -d 'Write the records that fit the filters for another tool, and answers about them as files'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "man" -d 'Print the manual page, or write the pages of all commands'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "config" -d 'Show every setting with its value and where it came from'
complete -c tracekit -n "__fish_tracekit_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l store -d 'Folder of the store, made if need be [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l on-rewrite -d 'What to do with a file whose ingested part has changed: refuse it, add all of it to what is there, or put it in its place' -r -f -a "error\t''
append\t''
replace\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l reject-file -d 'Write the lines that were not accepted to this file, whole, as JSON lines, to be mended and fed again; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l sample -d 'Keep this share of the sessions, such as 0.1, whole and always the same ones: a record goes by its session, else by its swarm, trace, correlation or interval, else by its own id' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l commit-every -d 'Commit a file whenever so much of it was read, such as 1GiB, so that a run that was stopped goes on from there; by default each file is committed whole or not at all' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l source-id -d 'Name of standard input in the store, so that the same bytes are taken once' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l commit-interval -d 'Commit what is new as often as this, or whenever 64 MiB are new [default: 5s]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l wait -d 'Wait so long for whoever has locked the store, such as 30s; else it is an error at once' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l redact -d 'Replace what these rules find by tokens, before anything is written: secrets (all keys and tokens: anthropic, openai, github, aws, gcp, slack, jwt, pem, url, assignment), email, card, ip, and key=REGEX for the values of fields by their names, which goes on to the end; none puts a setting aside [env: TRACEKIT_REDACT; TRACEKIT_REDACT_KEY is the key of the tokens]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l format -d 'Print what was counted as one JSON object on standard output, in place of the sentence' -r -f -a "json\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l allow-duplicate -d 'Take a file whose content was ingested under another name'
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l dedupe -d 'Drop records whose id and content are in the file before, or in the store; records of the same id with other content are kept and reported'
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l rehash -d 'Read the ingested part of every file again to see whether it has changed, also where device, inode, size and times of the file are as they were'
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l follow -d 'Go on reading what is added to the files, and files that are added to the folders, until a signal comes; of standard input, commit what has come while it stays open'
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand ingest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -l events -d 'How many events [default: 2000, or 6000 a day in a run of days]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -l days -d 'Make a run that lasts so many days instead' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -l seed -d 'Another seed shifts durations, tokens and samples; the story stays' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -l plant -d 'Make a calm run with these troubles in it, separated by commas; some make it last 7 days' -r -f -a "none\t'Nothing: a calm run'
all\t'All that happen within minutes; with --days all that take days'
slow-agent\t'coder-b takes three times as long as its peers for the same tasks'
failing-tool\t'The tool run_tests fails in 40 % of its calls'
lost-message\t'Hand-offs from coder-a to tester that never arrive'
retry-storm\t'A task of researcher fails eight times before it succeeds'
call-loop\t'researcher calls a tool twelve times in a row with the same arguments'
ping-pong\t'coder-a and reviewer hand a task back and forth ten times'
deadlock\t'Three coders wait for each other in a circle until the end'
cpu-ramp\t'Over days: the use of the processor climbs steadily from 35 % to 90 %'
latency-step\t'Over days: from a known time on tasks of tester take two and a half times as long'
traffic-burst\t'Over days: for twenty minutes twenty times as much work comes in'
daily-season\t'Over days: work, latency and the use of the processor follow the time of day'
cost-explosion\t'Over days: from a known time on calls of claude-haiku-4-5 cost ten times as much'"
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -l truth -d 'Write what was planted to this file, a JSON object a line; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand formats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l exit-code -d 'End with exit code 1 when no row fits'
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand query" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand sql" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l path -d 'Show only the value at this path, such as data.parameters.domain' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l children -d 'Show the records whose parent it is'
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand trace" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand sessions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand agents" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand tasks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand tools" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand components" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand messages" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l interval -d 'Length of a bucket, such as 1m [default: one that gives at most 60 buckets]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l agg -d 'What is made of a bucket\'s samples: mean, min, max, sum, count, last, rate (per second; how much counters have grown), or a percentile such as p95 [default: mean]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l by -d 'Split series by agent, tool, model, component, operation, session, swarm, trace, source or label.KEY' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand metrics" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand errors" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -l views -d 'List the tables and views instead of columns'
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l threshold -d 'Another limit of one kind, as in cpu=75 [default: as `tracekit config` shows]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l window -d 'Length of the windows that rules look at [default: 1m]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l min-impact -d 'Leave out what has less impact, from 0 to 100 [default: 10]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand bottlenecks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l what-if -d 'Try a change: agent, tool, operation, component or model, = its name (* matches any text), : by how much a span\'s own time changes, such as -50%, -200ms or +1s; repeatable' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l slowest -d 'Only the slowest runs: a share of them such as 5%, or a number such as 10' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l overlap-allowance -d 'Count siblings that overlap by at most this share of what is above them as one after the other' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand critical-path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l metric -d 'Only these metrics, such as \'latency.*\' or cpu.usage; repeatable, ! excludes' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l by -d 'Split series by agent, tool, model, component, operation, session, swarm, trace, source or label.KEY' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l interval -d 'Length of a bucket, such as 1m [default: as long as values lie apart, and at most 200]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand trends" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l metric -d 'Only these metrics, such as \'latency.*\' or cpu.usage; repeatable, ! excludes' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l by -d 'Split series by agent, tool, model, component, operation, session, swarm, trace, source or label.KEY' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l interval -d 'Length of a bucket, such as 1m [default: as long as values lie apart, and at most 200]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand anomalies" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l metric -d 'Only these metrics, such as \'latency.*\' or cpu.usage; repeatable, ! excludes' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l by -d 'Split series by agent, tool, model, component, operation, session, swarm, trace, source or label.KEY' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l interval -d 'Length of a bucket, such as 1m [default: as long as values lie apart, and at most 200]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand health" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l prices -d 'Take the prices of the models that this file names from it; --prices-list shows the form' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l prices-list -d 'List the prices instead, in dollars per million tokens'
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand tokens" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l min-repeats -d 'Report so many equal calls in a row, or hand-overs in each direction, and more' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l exit-code -d 'End with exit code 1 when there is nothing to list'
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand loops" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l title -d 'Title of the page [default: Trace report]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l template -d 'Template of the web page in place of the built-in one, in the language of Jinja' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l compare -d 'Compare with this store: what takes longer, fails more often or costs more than there' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l explain -d 'Print the SQL of the answer, as a script that DuckDB or Spark runs on the same files' -r -f -a "duckdb\t''
spark\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l html -d 'Short for --format html'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l md -d 'Short for --format md'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l json -d 'Short for --format json'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l executive -d 'One page: the verdict, what to mend first, and the first rows of what matters most'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l light -d 'A web page without charts and scripts, for e-mail'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l print-template -d 'Print the built-in template, to begin with'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -s h -l help -d 'Print help'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -f -a "info" -d 'Show what is in the store: files, records and bytes per kind and day, sources, versions'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -f -a "verify" -d 'Check the log, and every file against its hash'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -f -a "compact" -d 'Make few large files of many small ones, sorted and compressed harder'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -f -a "retain" -d 'Remove the oldest days, by age, size or number of records'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -f -a "gc" -d 'Delete files that no version of late needs'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and not __fish_seen_subcommand_from info verify compact retain gc help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from info" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l deep -d 'Decode every page, too'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l file-size -d 'Files end after this size [default: compact_file_size, 128MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l row-group -d 'Row groups end after so many rows [default: compact_row_group, 131072]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l level -d 'Level of zstd, 1 to 19 [default: compact_level, 9]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l wait -d 'Wait so long for whoever has locked the store, such as 30s; else it is an error at once' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l dry-run -d 'Only show what would be done'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from compact" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l max-age -d 'Remove what is older, such as 30d or 168h' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l max-size -d 'Remove the oldest until files have no more bytes' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l max-records -d 'Remove the oldest until there are no more records' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l wait -d 'Wait so long for whoever has locked the store, such as 30s; else it is an error at once' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l exact -d 'Cut the day on which --max-age or --max-records falls, too; else only whole days go'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l dry-run -d 'Only show what would go'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from retain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l older-than -d 'Only what nothing has needed for so long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l wait -d 'Wait so long for whoever has locked the store, such as 30s; else it is an error at once' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l dry-run -d 'Only show what would be deleted'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from gc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "info" -d 'Show what is in the store: files, records and bytes per kind and day, sources, versions'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "verify" -d 'Check the log, and every file against its hash'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "compact" -d 'Make few large files of many small ones, sorted and compressed harder'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "retain" -d 'Remove the oldest days, by age, size or number of records'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "gc" -d 'Delete files that no version of late needs'
complete -c tracekit -n "__fish_tracekit_using_subcommand store; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l of -d 'What to write, several with -o DIR [default: records; html and md without them are the report]' -r -f -a "records\t'the records, by time, or what a form makes of them'
sessions\t'Sessions: start, duration, agents, errors, tokens'
agents\t'Agents: tasks, durations, errors, tokens, most used tool'
tasks\t'Tasks: attempts, time waited, run and lost in failed attempts'
tools\t'Tools: calls, errors, durations'
components\t'Components and operations: spans, errors, durations, self time'
messages\t'Messages by pair of agents: sent, received, lost, latency'
metrics\t'Metrics: every series with its unit, range, newest value and gaps, or one over time'
errors\t'Errors in clusters: pattern, count, rate, recovered or not, and what they led to'
bottlenecks\t'What costs time, ranked by impact, with evidence and what to change'
critical-path\t'What the end of runs waited for: time on the critical path, waits, what-if'
loops\t'Agents that turn in circles: repeated calls, ping-pong, stalls, deadlocks, no progress'
trends\t'Whether it gets worse: direction, change points, forecast and limits of every series'
anomalies\t'Values that were not to be expected, as incidents, with what else changed'
health\t'How well the system, its components and its agents are, why, and what to do'
tokens\t'Tokens and cost by agent and model, tool, session and day'
report\t'One page for people: health, what to mend first, timeline, agents, errors, tokens and cost'"
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l to -d 'In which form, several with -o DIR [default: by the ending of -o, else jsonl for records and json for analyses]' -r -f -a "jsonl\t'a JSON object a line'
json\t'one JSON value: an array of rows, or an object for an analysis'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'
prometheus\t'metrics as Prometheus text, for the textfile collector'
openmetrics\t'metrics as OpenMetrics text, with traces as examples'
otlp\t'OTLP-JSON traces, logs and metrics, a request a line'
chrome\t'Chrome\'s trace events: lanes of agents, for Perfetto'
folded\t'stacks of agents and spans with their weight, for flame graphs'
speedscope\t'stacks as speedscope\'s file, a profile a session'
jaeger\t'Jaeger\'s JSON traces, for its UI'
grafana\t'a Grafana dashboard of the metrics that prometheus writes'
datadog\t'metrics as bodies for Datadog\'s series API, one a line'
newrelic\t'metrics as bodies for New Relic\'s metric API, one a line'
md\t'GitHub Markdown'
html\t'one self-contained web page'"
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -s o -l output -d 'Write to this file, whole or not at all; - is standard output. The folder of the files, where there are several, where it is one, or with / at its end' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l split-by -d 'A file for each session, agent or day (UTC) of the records, in the folder -o' -r -f -a "session\t'Sessions'
agent\t'Agents'
date\t'UTC days'"
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l max-series -d 'The most series that metrics may have; more are an error' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l weight -d 'What stacks weigh: time of their own in microseconds, tokens, or cost in millionths of a US dollar' -r -f -a "time\t''
tokens\t''
cost\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l redact -d 'Replace what these rules find by tokens, before anything is written: secrets (all keys and tokens: anthropic, openai, github, aws, gcp, slack, jwt, pem, url, assignment), email, card, ip, and key=REGEX for the values of fields by their names, which goes on to the end; none puts a setting aside [env: TRACEKIT_REDACT; TRACEKIT_REDACT_KEY is the key of the tokens]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l store -d 'Folder of the store [env: TRACEKIT_STORE] [default: .tracekit]' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l input -d 'Answer straight from trace files, folders or - (standard input); no store is left behind' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l from -d 'Format of the files; by default it is detected by their content' -r -f -a "claude-flow\t'Claude-Flow trace events, also inside recorded WebSocket messages'
claude-flow-metrics\t'performance snapshots and alerts of Claude Flow\'s dashboard'
myagent\t'think, tool and trace records of MyAgent'
mplp\t'executions, distributed traces, metrics and health of MPLP\'s trace module'
langswarm\t'spans of LangSwarm V2\'s tracer'
otlp\t'OTLP-JSON traces, logs and metrics, with the GenAI, OpenInference and OpenLLMetry names'
jaeger\t'Jaeger\'s JSON traces, of its UI or HTTP API, with the same names as OTLP'
claude-code\t'Claude Code session files, those of sub-agents too'
generic\t'any JSON lines with a time; columns by a mapping or by obvious names'"
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l map -d 'Where the generic format finds a column, as in time=ts,agent=meta.who; means --from generic' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l assume-tz -d 'Zone of times that name none: UTC, +02:00 or Europe/Berlin; else their lines are rejected' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l max-errors -d 'How many lines of a file may be rejected: a number, or a share such as 1% [default: 100 or 0.1%, whichever is more]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l duplicate-keys -d 'What a key that comes twice in an object does to its line' -r -f -a "reject\t''
last\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l max-line-bytes -d 'Reject longer lines: bytes, or with a unit such as 64MiB [default: 16MiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l mmap -d 'Whether files are mapped into memory: auto where no program writes to them, or never' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l max-decompressed -d 'The most that may come out of one compressed file [default: 64GiB]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l agent -d 'Who acts' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l session -d 'Session' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l swarm -d 'Swarm' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l trace -d 'Trace' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l type -d 'The source\'s own type, such as TASK_FAIL or TOOL' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l kind -d 'event, span, log or metric' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l tool -d 'Tool that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l model -d 'Model that was called' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l component -d 'Service or component' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l operation -d 'What the component did' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l status -d 'ok, error, cancelled, timeout, running or unset' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l severity -d 'Severity as in the source' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l severity-min -d 'This severity or a worse one' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l tag -d 'One of the source\'s tags' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l since -d 'From this time on: RFC 3339, epoch, or back from the newest record (1h, 2d)' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l until -d 'Before this time, written like --since' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l min-duration -d 'At least this long: 250ms, 1.5s' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l max-duration -d 'At most this long' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l where -d 'A condition on columns and on paths into data: "data.priority = \'high\' AND duration_ns > 1e9"' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l verify -d 'Check the hash of each of the store\'s files before it is read'
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l skip-damaged -d 'Check the store\'s files as with --verify, and answer without those that are damaged: they are named, and the exit code is 4'
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l strict -d 'Bear no rejected line, and look for duplicate keys inside kept JSON text too'
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l lossy -d 'Replace bytes that are not UTF-8 instead of rejecting their lines'
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l errors -d 'Only what failed or ran out of time'
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l no-errors -d 'Only what did not'
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand completions" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand completions" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand completions" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand completions" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand completions" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand completions" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand completions" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand completions" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand completions" -s h -l help -d 'Print help'
complete -c tracekit -n "__fish_tracekit_using_subcommand man" -l dir -d 'Write one page per command into this folder, which is made if need be' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand man" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand man" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand man" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand man" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand man" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand man" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand man" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand man" -s h -l help -d 'Print help'
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -l format -d 'How the answer is written [default: table on a terminal, else jsonl for rows and json for analyses] [env: TRACEKIT_FORMAT]' -r -f -a "table\t'aligned columns for people'
json\t'one JSON value: an array of rows, or an object for an analysis'
jsonl\t'a JSON object a line'
csv\t'comma-separated values with a header'
tsv\t'tab-separated values with a header'
md\t'GitHub Markdown'
html\t'one self-contained web page'
parquet\t'a Parquet file'
arrow\t'an Arrow IPC stream'"
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -s o -l output -d 'Write to this file, whole or not at all; - is standard output' -r -F
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -l limit -d 'At most so many rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -l offset -d 'Leave out the first rows' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -l sort -d 'Order by columns, a leading - for descending: agent,-duration_ns' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -l columns -d 'Only these columns, in this order' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -l csv-safe -d 'Whether CSV cells that a spreadsheet would run as a formula get a leading \'' -r -f -a "auto\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -l color -d 'Colours: auto, always or never [env: TRACEKIT_COLOR; NO_COLOR and CLICOLOR_FORCE count too]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -l progress -d 'Progress bars: auto (on a terminal), always or never' -r -f -a "auto\t''
always\t''
never\t''"
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -l threads -d 'How many threads work [default: one per core]' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -l now -d 'The time that counts as now, for reports that do not change: RFC 3339 or epoch' -r
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -s q -l quiet -d 'Say less: no notes and no summary'
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -s v -l verbose -d 'Say more: what was found where'
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -l no-pager -d 'Never show a long answer in a pager'
complete -c tracekit -n "__fish_tracekit_using_subcommand config" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "ingest" -d 'Read trace files into the store'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "demo" -d 'Make a small trace of a made-up swarm to try things on'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "formats" -d 'List the trace formats that can be read'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "query" -d 'Print records, or the rows of a view, that fit the filters'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "sql" -d 'Run an SQL query over the tables and views'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "show" -d 'Show one record whole'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "trace" -d 'Show a trace as a tree of spans with their own time'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "sessions" -d 'Sessions: start, duration, agents, errors, tokens'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "agents" -d 'Agents: tasks, durations, errors, tokens, most used tool'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "tasks" -d 'Tasks: attempts, time waited, run and lost in failed attempts'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "tools" -d 'Tools: calls, errors, durations'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "components" -d 'Components and operations: spans, errors, durations, self time'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "messages" -d 'Messages by pair of agents: sent, received, lost, latency'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "metrics" -d 'List the metrics, or show the history of some of them'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "errors" -d 'Show errors in clusters: pattern, count, rate, recovered or not, and what they led to'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "schema" -d 'Print the columns of the stored tables with their meaning'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "bottlenecks" -d 'Rank what costs time: slow agents, waits, retries, busy machines, with what to change'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "critical-path" -d 'Show what the end of runs waited for, and try what would make them faster'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "trends" -d 'Say whether it gets worse: every series\' direction, changes, forecast and limits'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "anomalies" -d 'Find values that were not to be expected, put together into incidents with their likely causes'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "health" -d 'Say how well the system, its components and its agents are, why, and what to do'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "tokens" -d 'Tokens and cost by agent and model, tool, session and day'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "loops" -d 'Find agents that turn in circles: repeated calls, ping-pong, stalls, deadlocks, no progress'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "report" -d 'Write one page for people: is it healthy, what to mend first, what happened, what it cost'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "store" -d 'Look after the store: what is in it, is it whole, make it smaller'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "export" -d 'Write the records that fit the filters for another tool, and answers about them as files'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "completions" -d 'Print the completion script of a shell'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "man" -d 'Print the manual page, or write the pages of all commands'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "config" -d 'Show every setting with its value and where it came from'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and not __fish_seen_subcommand_from ingest demo formats query sql show trace sessions agents tasks tools components messages metrics errors schema bottlenecks critical-path trends anomalies health tokens loops report store export completions man config help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "info" -d 'Show what is in the store: files, records and bytes per kind and day, sources, versions'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "verify" -d 'Check the log, and every file against its hash'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "compact" -d 'Make few large files of many small ones, sorted and compressed harder'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "retain" -d 'Remove the oldest days, by age, size or number of records'
complete -c tracekit -n "__fish_tracekit_using_subcommand help; and __fish_seen_subcommand_from store" -f -a "gc" -d 'Delete files that no version of late needs'
