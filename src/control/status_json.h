// The status as JSON (RFC 8259), and back.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <expected>
#include <string>

#include "control/status.h"

namespace serialtcp::control {

boost::json::object to_json(const ProcessStatus& status);
boost::json::object to_json(const LinkStatus& status);
boost::json::object to_json(const ConnectionStatus& status);
/// In one line.
std::string status_text(const ProcessStatus& status);

/// What another version of the program does not tell keeps its default, and what it tells beyond that is ignored. The
/// error says which member has the wrong type.
std::expected<ProcessStatus, std::string> status_from_json(const boost::json::value& value);

}  // namespace serialtcp::control
