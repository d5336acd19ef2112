// The static programs for boards, as scripts/build-boards makes them: serialtcp-ARCH-lite, the same packed, and what brings
// it to boards without tools, serialtcp-ARCH-loader.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serialtcp/bytes.h"

namespace serialtcp::install {

enum class Packing : std::uint8_t { xz, gzip, none };

struct Program {
  std::string path;  ///< of the plain file
  Bytes plain;
  std::optional<Bytes> xz;
  std::optional<Bytes> gzip;
  std::optional<Bytes> loader = {};  ///< a program of its own, of less than 4 kB (src/loader)
};

class Programs {
 public:
  /// Bytes of a loader; a file of more is none.
  static constexpr std::size_t kMostLoader = 4095;

  /// Where they are looked for, in this order.
  explicit Programs(std::vector<std::string> folders) : folders_(std::move(folders)) {}
  virtual ~Programs() = default;

  /// None if no folder has it.
  virtual std::optional<Program> find(std::string_view arch) const;
  const std::vector<std::string>& folders() const { return folders_; }

  /// Those of this machine: `given` alone, or share/serialtcp/boards beside bin/, beside this program, and where Debian's
  /// package puts them.
  static std::vector<std::string> usual_folders(const std::optional<std::string>& given);

 private:
  std::vector<std::string> folders_;
};

}  // namespace serialtcp::install
