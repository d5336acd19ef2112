// The status as metrics, in the text formats of Prometheus and OpenMetrics 1.0. Their number depends on the links and
// services that are configured, and not on what clients do.
#pragma once

#include <string>
#include <string_view>

#include "control/status.h"

namespace serialtcp::http {

enum class MetricsFormat { prometheus, open_metrics };

/// What a client likes better, by its field Accept.
MetricsFormat metrics_format(std::string_view accept);

std::string_view content_type(MetricsFormat format);

/// Connections are not looked at, so they need not be in the status.
std::string metrics_text(const control::ProcessStatus& status, MetricsFormat format);

}  // namespace serialtcp::http
