// proc(5).
#include "os/own_program.h"

#include <filesystem>
#include <system_error>

namespace serialtcp::io {

std::string own_program() {
  std::error_code error;
  const auto path = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string() : path.string();
}

}  // namespace serialtcp::io
