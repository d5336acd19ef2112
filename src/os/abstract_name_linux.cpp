// A path that begins with a 0 is a name (unix(7)). Its length counts; no 0 ends it.
#include "os/abstract_name.h"

#include <sys/un.h>

#include <cstring>

#include "base/check.h"

namespace serialtcp::io {

std::optional<StreamEndpoint> abstract_endpoint(std::string_view name) {
  sockaddr_un address{};
  static_assert(sizeof address.sun_path == 1 + kMaxAbstractName);
  CHECK(name.size() <= kMaxAbstractName);
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, name.data(), name.size());
  return StreamEndpoint(&address, offsetof(sockaddr_un, sun_path) + 1 + name.size(), 0);
}

}  // namespace serialtcp::io
