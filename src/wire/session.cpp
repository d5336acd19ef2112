#include "wire/session.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "base/cursor.h"

namespace serialtcp::wire::session {

namespace {

constexpr std::size_t kHead = 3;

enum class Type : std::uint8_t {
  start = 1,
  started = 2,
  refused = 3,
  data = 4,
  end = 5,
  credit = 6,
  stop = 7,
  size = 8,
  exit = 9,
};

// ---- Writing ----

void put(std::uint64_t value, std::size_t count, Bytes& to) {
  for (std::size_t i = 0; i < count; ++i) to.push_back(static_cast<Byte>(value >> (8 * i)));
}

template <typename Text>
void put_text(const Text& text, Bytes& to) {
  to.insert(to.end(), text.begin(), text.end());
}

std::size_t start_size(const Start& start) {
  std::size_t size = 7 + start.text.size();
  for (const std::string& variable : start.variables) size += 2 + variable.size();
  return size;
}

Type put_payload(const Start& start, Bytes& to) {
  CHECK(fits(start));
  to.push_back(start.version);
  to.push_back(static_cast<Byte>(start.kind));
  put(start.terminal.rows, 2, to);
  put(start.terminal.columns, 2, to);
  to.push_back(static_cast<Byte>(start.variables.size()));
  for (const std::string& variable : start.variables) {
    put(variable.size(), 2, to);
    put_text(variable, to);
  }
  put_text(start.text, to);
  return Type::start;
}

Type put_payload(const Started& started, Bytes& to) {
  to.push_back(started.version);
  return Type::started;
}

Type put_payload(const Refused& refused, Bytes& to) {
  to.push_back(static_cast<Byte>(refused.reason));
  put_text(std::string_view(refused.text).substr(0, kMostPayload - 1), to);
  return Type::refused;
}

Type put_payload(const Data& data, Bytes& to) {
  CHECK(data.bytes.size() < kMostPayload);
  to.push_back(static_cast<Byte>(data.channel));
  put_text(data.bytes, to);
  return Type::data;
}

Type put_payload(const End& end, Bytes& to) {
  to.push_back(static_cast<Byte>(end.channel));
  return Type::end;
}

Type put_payload(const Credit& credit, Bytes& to) {
  to.push_back(static_cast<Byte>(credit.channel));
  put(credit.count, 4, to);
  return Type::credit;
}

Type put_payload(const Stop& stop, Bytes& to) {
  to.push_back(static_cast<Byte>(stop.channel));
  return Type::stop;
}

Type put_payload(const Size& size, Bytes& to) {
  put(size.rows, 2, to);
  put(size.columns, 2, to);
  return Type::size;
}

Type put_payload(const Exit& exit, Bytes& to) {
  to.push_back(static_cast<Byte>(exit.how));
  to.push_back(exit.value);
  return Type::exit;
}

// ---- Reading ----

using Payload = base::Reader;

std::string text_of(ByteView bytes) {
  return {bytes.begin(), bytes.end()};
}

/// Above the last one: the reader becomes bad.
Channel channel_of(Payload& payload) {
  const std::uint8_t number = payload.u8();
  if (number >= kChannels) static_cast<void>(payload.take(SIZE_MAX));
  return static_cast<Channel>(number);
}

Size size_of(Payload& payload) {
  Size size;
  size.rows = static_cast<std::uint16_t>(payload.little(2));
  size.columns = static_cast<std::uint16_t>(payload.little(2));
  return size;
}

Start start_of(Payload& payload) {
  Start start;
  start.version = payload.u8();
  start.kind = static_cast<Kind>(payload.u8());
  start.terminal = size_of(payload);
  std::size_t variables = payload.u8();
  if (variables > kMostVariables) static_cast<void>(payload.take(SIZE_MAX));
  for (; variables > 0 && payload.good(); --variables) {
    const auto length = static_cast<std::size_t>(payload.little(2));
    start.variables.push_back(text_of(payload.take(length)));
  }
  start.text = text_of(payload.take_all());
  const auto has_zero = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (has_zero(start.text) || std::ranges::any_of(start.variables, has_zero))
    static_cast<void>(payload.take(SIZE_MAX));
  return start;
}

std::optional<Message> message_of(Type type, Payload& payload) {
  switch (type) {
    case Type::start:
      return start_of(payload);
    case Type::started:
      return Started{payload.u8()};
    case Type::refused: {
      const auto reason = static_cast<Reason>(payload.u8());
      return Refused{reason, text_of(payload.take_all())};
    }
    case Type::data: {
      const Channel channel = channel_of(payload);
      return Data{channel, payload.take_all()};
    }
    case Type::end:
      return End{channel_of(payload)};
    case Type::credit: {
      const Channel channel = channel_of(payload);
      return Credit{channel, static_cast<std::uint32_t>(payload.little(4))};
    }
    case Type::stop:
      return Stop{channel_of(payload)};
    case Type::size:
      return size_of(payload);
    case Type::exit: {
      const auto how = payload.u8() == 0 ? Exit::How::status : Exit::How::signal;
      return Exit{how, payload.u8()};
    }
  }
  return std::nullopt;
}

}  // namespace

bool fits(const Start& start) {
  return start.variables.size() <= kMostVariables && start_size(start) <= kMostPayload;
}

void write(const Message& message, Bytes& to) {
  const std::size_t begin = to.size();
  to.resize(begin + kHead);
  const Type type = std::visit([&to](const auto& one) { return put_payload(one, to); }, message);
  const std::size_t length = to.size() - begin - kHead;
  to[begin] = static_cast<Byte>(type);
  to[begin + 1] = static_cast<Byte>(length);
  to[begin + 2] = static_cast<Byte>(length >> 8);
}

/// Whether that many bytes are held now.
bool Reader::collect(ByteView& rest, std::size_t total) {
  const std::size_t count = std::min(total - std::min(total, held_.size()), rest.size());
  held_.insert(held_.end(), rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(count));
  rest = rest.subspan(count);
  return held_.size() >= total;
}

std::optional<Message> Reader::next(ByteView& rest) {
  if (std::exchange(delivered_, false)) held_.clear();
  while (!malformed_ && collect(rest, kHead)) {
    const std::size_t length = held_[1] | static_cast<std::size_t>(held_[2]) << 8;
    if (length > kMostPayload) {
      malformed_ = true;
      break;
    }
    if (!collect(rest, kHead + length)) break;
    Payload payload(ByteView(held_).subspan(kHead));
    auto message = message_of(static_cast<Type>(held_[0]), payload);
    if (!payload.good()) {
      malformed_ = true;
      break;
    }
    if (message) {
      delivered_ = true;
      return message;
    }
    held_.clear();
  }
  return std::nullopt;
}

}  // namespace serialtcp::wire::session
