#include "telnet/coding.h"

#include <algorithm>

#include "base/byte_runs.h"

namespace serialtcp::telnet {

namespace {

constexpr Byte kLiteralIac[] = {kIac};
constexpr Byte kLineFeed = 0x0A;

}  // namespace

void append_data(ByteView data, Mode mode, Bytes& out) {
  for (const Byte byte : data) {
    out.push_back(byte);
    if (byte == kIac) out.push_back(kIac);
    if (byte == kCarriageReturn && mode == Mode::text) out.push_back(kNul);
  }
}

void append_negotiation(Byte verb, Byte option, Bytes& out) {
  for (const Byte byte : {kIac, verb, option}) out.push_back(byte);
}

void append_subnegotiation(Byte option, ByteView value, Bytes& out) {
  for (const Byte byte : {kIac, kSb, option}) out.push_back(byte);
  append_data(value, Mode::binary, out);
  for (const Byte byte : {kIac, kSe}) out.push_back(byte);
}

void Parser::set_mode(Mode mode) {
  if (mode == mode_) return;
  mode_ = mode;
  after_cr_ = false;
}

std::optional<Parser::Item> Parser::next(ByteView& bytes) {
  while (!bytes.empty()) {
    std::optional<Item> item;
    if (state_ == State::data) {
      item = in_data(bytes);
    } else {
      const Byte byte = bytes[0];
      bytes = bytes.subspan(1);
      switch (state_) {
        case State::iac:
          item = after_iac(byte);
          break;
        case State::negotiation:
          state_ = State::data;
          item = Item{.kind = Item::Kind::negotiation, .verb = verb_, .option = byte};
          break;
        case State::sub_option:
          option_ = byte;
          state_ = State::sub;
          break;
        case State::sub:
          item = in_subnegotiation(byte);
          break;
        case State::sub_iac:
          item = iac_in_subnegotiation(byte);
          break;
        case State::data:
          break;
      }
    }
    if (item) return item;
  }
  return std::nullopt;
}

bool Parser::is_padding(Byte byte) {
  if (!after_cr_) return false;
  after_cr_ = false;
  if (byte == kNul) return !bare_cr_;
  if (byte != kLineFeed) bare_cr_ = true;
  return false;
}

std::optional<Parser::Item> Parser::in_data(ByteView& bytes) {
  if (bytes[0] == kIac && !bare_iac_) {
    bytes = bytes.subspan(1);
    state_ = State::iac;
    return std::nullopt;
  }
  if (is_padding(bytes[0])) {
    bytes = bytes.subspan(1);
    return std::nullopt;
  }
  std::size_t size = bare_iac_ ? bytes.size() : base::run_before(bytes, kIac);
  if (mode_ == Mode::text) {
    const std::size_t to_cr = base::run_before(bytes.first(size), kCarriageReturn);
    after_cr_ = to_cr < size;
    if (after_cr_) size = to_cr + 1;
  }
  const ByteView data = bytes.first(size);
  bytes = bytes.subspan(size);
  return Item{.kind = Item::Kind::data, .bytes = data};
}

std::optional<Parser::Item> Parser::after_iac(Byte byte) {
  state_ = State::data;
  switch (byte) {
    case kIac:
      static_cast<void>(is_padding(byte));  // it never is, but it ends what follows a CR
      return Item{.kind = Item::Kind::data, .bytes = kLiteralIac};
    case kWill:
    case kWont:
    case kDo:
    case kDont:
      verb_ = byte;
      state_ = State::negotiation;
      return std::nullopt;
    case kSb:
      sub_.clear();
      sub_size_ = 0;
      state_ = State::sub_option;
      return std::nullopt;
    default:
      if (byte < kFirstCommand) return bare_iac_before(byte);
      return Item{.kind = Item::Kind::command, .verb = byte};
  }
}

Parser::Item Parser::bare_iac_before(Byte byte) {
  bare_iac_ = true;
  set_mode(Mode::binary);  // such a server does nothing of telnet with its data
  literal_ = {kIac, byte};
  return Item{.kind = Item::Kind::data, .bytes = literal_};
}

std::optional<Parser::Item> Parser::in_subnegotiation(Byte byte) {
  if (byte != kIac) return add_to_subnegotiation(byte);
  state_ = State::sub_iac;
  return std::nullopt;
}

std::optional<Parser::Item> Parser::iac_in_subnegotiation(Byte byte) {
  state_ = State::sub;
  if (byte == kIac) return add_to_subnegotiation(kIac);
  // Another command in a subnegotiation ends it: its end is missing.
  if (byte != kSe) return after_iac(byte);
  state_ = State::data;
  if (sub_size_ > max_subnegotiation_) return std::nullopt;
  return Item{.kind = Item::Kind::subnegotiation, .bytes = sub_, .option = option_};
}

std::optional<Parser::Item> Parser::add_to_subnegotiation(Byte byte) {
  if (++sub_size_ <= max_subnegotiation_) sub_.push_back(byte);
  if (sub_size_ <= kMaxSkipped) return std::nullopt;
  sub_size_ = kMaxSkipped;
  return Item{.kind = Item::Kind::endless};
}

}  // namespace serialtcp::telnet
