// Who may use what this program makes: this user, SYSTEM and the administrators, and nobody else.
#pragma once

#include "os/windows.h"

#include <cstddef>
#include <string>
#include <vector>

namespace serialtcp::io {

/// What the system says of the user of this process; empty if it says nothing.
std::vector<std::byte> own_user();
/// The security identifier in it, which lives as long.
PSID user_sid(const std::vector<std::byte>& user);
/// "S-1-5-21-..."; empty if the system does not say.
std::string own_user_text();

/// For CreateFileW(), CreateNamedPipeW() and the like.
class PrivateAccess {
 public:
  PrivateAccess();
  ~PrivateAccess();
  PrivateAccess(const PrivateAccess&) = delete;
  PrivateAccess& operator=(const PrivateAccess&) = delete;

  /// Null if the system has no such lists: then its default is in force.
  SECURITY_ATTRIBUTES* attributes() const { return descriptor_ == nullptr ? nullptr : &attributes_; }

 private:
  PSECURITY_DESCRIPTOR descriptor_ = nullptr;
  mutable SECURITY_ATTRIBUTES attributes_{};
};

}  // namespace serialtcp::io
