//! Units of the snapshot's series, as the dashboard's metrics reference has them.
//!
//! Series under `custom` have none: what they count is their author's business.

/// The unit of the series at `path`, in the schema's spelling.
pub(super) fn unit_of(path: &str) -> Option<&'static str> {
    Some(match path {
        "system.cpuUsage" | "system.memoryUsage" | "system.diskUsage" => "%",
        "system.networkLatency"
        | "tracing.collectionOverhead"
        | "agents.avgResponseTime"
        | "queries.avgResponseTime"
        | "ui.renderTime"
        | "ui.webSocketLatency"
        | "ui.uiResponseTime" => "ms",
        "tracing.memoryUsage" => "MB",
        "tracing.storageGrowth" => "bytes/hour",
        "tracing.eventThroughput" | "agents.taskThroughput" | "queries.queryThroughput" => "1/s",
        "tracing.errorRate"
        | "agents.totalAgents"
        | "agents.activeAgents"
        | "agents.busyAgents"
        | "queries.slowQueries"
        | "queries.cacheHitRate" => "1",
        "ui.frameRate" => "FPS",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::collect::read;
    use super::super::ClaudeFlowMetrics;

    const FIXTURE: &str = include_str!("../../../fixtures/claude-flow-metrics/dashboard.jsonl");

    #[test]
    fn units_are_those_of_the_reference() {
        let collected = read(&ClaudeFlowMetrics, FIXTURE);
        let units: Vec<_> = collected
            .having("kind", "metric")
            .into_iter()
            .filter(|row| row["time"] == "1736937000000000")
            .map(|row| format!("{}={}", row["name"], row.get("unit").map_or("", String::as_str)))
            .collect();
        assert_eq!(
            units,
            [
                "system.cpuUsage=%",
                "system.memoryUsage=%",
                "system.diskUsage=%",
                "system.networkLatency=ms",
                "tracing.collectionOverhead=ms",
                "tracing.memoryUsage=MB",
                "tracing.storageGrowth=bytes/hour",
                "tracing.eventThroughput=1/s",
                "tracing.errorRate=1",
                "agents.totalAgents=1",
                "agents.activeAgents=1",
                "agents.busyAgents=1",
                "agents.avgResponseTime=ms",
                "agents.taskThroughput=1/s",
                "queries.avgResponseTime=ms",
                "queries.slowQueries=1",
                "queries.queryThroughput=1/s",
                "queries.cacheHitRate=1",
                "ui.frameRate=FPS",
                "ui.renderTime=ms",
                "ui.webSocketLatency=ms",
                "ui.uiResponseTime=ms",
                "custom.queueDepth=",
                "custom.cache.hits=",
            ]
        );
    }
}
