// Makes a Line from the name that the user has given. The kinds are those of port/line_kinds.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "port/line.h"
#include "port/line_kind.h"

namespace serialtcp::io {

/// Opens nothing. The error completes "Could not open serial port X: ...".
std::expected<std::unique_ptr<Line>, std::string> make_line(const LineRequest& request);

/// LineKind::look of the kind that `name` belongs to.
std::expected<void, OpenError> look_at_line(const std::string& name);

/// LineKind::exclusive of the kind that `name` belongs to.
std::optional<std::string> exclusive_line(const std::string& name);

/// LineKind::advice of the kind that `name` belongs to.
const SilenceAdvice& silence_advice(const std::string& name);

/// Whether it is standard input and output, also as what another kind is made of (spy://).
bool is_standard_input_and_output(const std::string& name);

/// Whether it is a program.
bool is_program(const std::string& name);

/// Whether `name` belongs to a kind that is not a device.
bool is_other_line(const std::string& name);

/// The forms of all kinds in a list: "device, socket://HOST:PORT or loop://".
std::string line_forms();

}  // namespace serialtcp::io
