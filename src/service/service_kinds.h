// All kinds of services. A new one is a file NAME_kind.cpp, a line here, and one in service_kinds_full.cpp; and in
// service_kinds_lite.cpp if boards need it.
#pragma once

#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "service/front_end_place.h"
#include "service/service_kind.h"

namespace serialtcp::io {

const ServiceKind& unix_kind();
const ServiceKind& udp_kind();
const ServiceKind& exec_kind();
const ServiceKind& fd_kind();
const ServiceKind& serial_kind();
const ServiceKind& pty_kind();
const ServiceKind& ip_kind();
const ServiceKind& tcp_kind();

using ServiceKindOf = const ServiceKind& (*)();
/// Those of this program: it is linked with one of the files. The kind of a text is the first one with its prefix. TCP
/// has none, so it is the last.
std::span<const ServiceKindOf> service_kinds();

const ServiceKind& kind_of_text(std::string_view text);

/// What is wrong with an option that a place does not take.
std::string option_not_taken(std::string_view option);

/// A TCP port to listen on.
std::shared_ptr<const FrontEndPlace> tcp_place(const Target& at);

}  // namespace serialtcp::io
