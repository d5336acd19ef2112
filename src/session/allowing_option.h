// How the end where a program is to run allows that.
#pragma once

namespace serialtcp::io::session {

/// The option, for those who are refused.
inline constexpr const char* kAllowingOption = "--allow-shell";

}  // namespace serialtcp::io::session
