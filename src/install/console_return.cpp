#include "install/console_return.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "wire/codec.h"

namespace serialtcp::install {

namespace {

constexpr std::size_t kMostText = 512;
/// What boot loaders and the kernel begin with, and what a boot loader says that counts down.
constexpr std::array<std::string_view, 4> kBeginnings = {"Linux version ", "U-Boot 20", "U-Boot SPL",
                                                         "Hit any key"};

/// Behind the last end of a frame; npos if there is none.
std::size_t after_frame(std::string_view text) {
  for (std::size_t i = text.size(); i >= 2; --i) {
    if (static_cast<Byte>(text[i - 2]) != wire::kEscape) continue;
    const auto end = static_cast<Byte>(text[i - 1]);
    if (end == wire::kEndPlain || end == wire::kEndWithAck) return i;
  }
  return std::string_view::npos;
}

/// The status in "<z0>", which the command line prints that has started the program.
std::optional<int> printed_status(std::string_view text) {
  const std::size_t at = text.rfind("<z");
  if (at == std::string_view::npos) return std::nullopt;
  int status = 0;
  std::size_t i = at + 2;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9' && status <= 255; ++i)
    status = status * 10 + (text[i] - '0');
  if (i == at + 2 || i == text.size() || text[i] != '>') return std::nullopt;
  return status;
}

bool waits_for_input(wire::Prompt prompt) {
  using enum wire::Prompt;
  return prompt != none && prompt != refused && prompt != password;
}

}  // namespace

void ConsoleReturn::heard(ByteView bytes, Time now) {
  text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (const std::size_t frame = after_frame(text_); frame != std::string::npos) {
    text_.erase(0, frame);
    frame_at_ = now;
    console_ = {};
    suspected_.reset();
    since_ = kNever;
    bytes = bytes.last(std::min(bytes.size(), text_.size()));
  }
  if (text_.size() > kMostText) text_.erase(0, text_.size() - kMostText);
  console_.heard(bytes, now);
  judge_text(now);
}

void ConsoleReturn::judge_text(Time now) {
  if (suspected_) return;
  if (const auto status = printed_status(text_)) {
    // After a silence, it has ended because there was no link any more.
    const bool amid_link = now - frame_at_ < kWithoutFrame;
    suspected_ = Found{
        *status == 0 && amid_link ? Found::What::ended : Found::What::is_not_there,
        fmt::format("serialtcp at the other end has ended with status {}, and the console is there again",
                    *status)};
  } else if (std::ranges::any_of(kBeginnings,
                                 [this](auto one) { return text_.find(one) != std::string::npos; })) {
    suspected_ = Found{Found::What::is_not_there, "the other end has begun again"};
  }
  if (suspected_) since_ = now;
}

void ConsoleReturn::judge_prompt(Time now) {
  if (suspected_ || console_.due() > now) return;
  console_.look(now);
  if (!waits_for_input(console_.prompt())) return;
  suspected_ = Found{Found::What::is_not_there,
                     fmt::format("a console is there again, which says \"{}\"", console_.excerpt())};
  since_ = now;
}

void ConsoleReturn::look(Time now) {
  judge_prompt(now);
  if (suspected_ && !found_ && now - since_ >= kWithoutFrame) found_ = suspected_;
}

Time ConsoleReturn::due() const {
  if (found_) return kNever;
  return suspected_ ? since_ + kWithoutFrame : console_.due();
}

}  // namespace serialtcp::install
