// PathClaim tells other processes of this program that a path is in use, for as long as the process lives and
// however it ends. It does not touch the path.
#pragma once

#include <string>

namespace serialtcp::io {

class PathClaim {
 public:
  PathClaim() = default;
  ~PathClaim() { release(); }
  PathClaim(const PathClaim&) = delete;
  PathClaim& operator=(const PathClaim&) = delete;

  /// False if another claim of the same path exists, in this process or another.
  bool take(const std::string& path);
  void release();

 private:
  int socket_ = -1;
};

}  // namespace serialtcp::io
