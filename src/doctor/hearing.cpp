#include "doctor/hearing.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "wire/kernel_message.h"

namespace serialtcp::doctor {

namespace {

constexpr std::array<Byte, 2> kEndOfFrame = {0x1F, 0x7E};

bool has_kernel_message(ByteView bytes) {
  return wire::find_kernel_message(bytes).length > 0;
}

}  // namespace

void Hearing::heard(ByteView bytes, Time now) {
  bytes_ += bytes.size();
  zeros_ += static_cast<std::uint64_t>(std::ranges::count(bytes, Byte{0}));
  const std::size_t room = kMostKept - kept_.size();
  const ByteView first = bytes.first(std::min(room, bytes.size()));
  kept_.insert(kept_.end(), first.begin(), first.end());
  console_.heard(bytes, now);
}

Overheard Hearing::result(Time now) {
  console_.look(now);
  return {.bytes = bytes_,
          .zeros = zeros_,
          .console = console_.found(),
          .prompt = console_.prompt(),
          .kernel = has_kernel_message(kept_),
          .noise = console_.is_noise(),
          .frames = !std::ranges::search(kept_, kEndOfFrame).empty(),
          .excerpt = console_.excerpt()};
}

}  // namespace serialtcp::doctor
