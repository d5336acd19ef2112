#include "port/handed_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace serialtcp::io {

HandedLine::HandedLine(asio::io_context& context, std::string name, int socket, std::string first)
    : DescriptorLine(context, std::move(name)), socket_(socket), first_(std::move(first)) {}

HandedLine::~HandedLine() {
  if (socket_ >= 0) ::close(socket_);
}

void HandedLine::open(Opened opened) {
  if (socket_ < 0) return opened(std::unexpected(OpenError{.text = "its connection is over"}));
  adopt(std::exchange(socket_, -1));
  opened({});
}

LineResult HandedLine::read(MutableByteView into) {
  if (first_.empty()) return ended_if_gone(DescriptorLine::read(into));
  const std::size_t count = std::min(first_.size(), into.size());
  std::copy_n(first_.begin(), count, into.begin());
  first_.erase(0, count);
  return {LineStatus::ok, count};
}

LineResult HandedLine::write(ByteView bytes) {
  return ended_if_gone(DescriptorLine::write(bytes));
}

LineResult HandedLine::ended_if_gone(LineResult result) const {
  if (result.status != LineStatus::gone) return result;
  return {LineStatus::ended, 0, fmt::format("the connection to {} was closed: {}", name(), result.reason)};
}

}  // namespace serialtcp::io
