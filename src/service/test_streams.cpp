#include "service/test_streams.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "driver/stream_handler.h"
#include "os/clock.h"
#include "wire/test_stream.h"

namespace serialtcp::io {

namespace {

/// Bytes that are moved at once.
constexpr std::size_t kTestPiece = 4096;

class TestStream final : public StreamHandler {
 public:
  TestStream(Connections& connections, StreamId id, std::function<void()> over)
      : connections_(connections), id_(id), over_(std::move(over)) {}

  void readable() override { serve(); }
  void writable() override { serve(); }
  void closed() override { over_(); }
  void reset(ResetReason) override { over_(); }
  void abandon() override { over_(); }

 private:
  /// As far as both directions let it.
  void serve() {
    if (!preface_ && !read_preface()) return;
    const bool moves = preface_->kind == wire::TestKind::echo ? echo() : drop() && send();
    if (moves) connections_.kick();
  }

  bool read_preface() {
    while (head_.size() < wire::kTestPrefaceSize) {
      std::array<Byte, wire::kTestPrefaceSize> buffer;
      const auto room = MutableByteView(buffer).first(wire::kTestPrefaceSize - head_.size());
      const auto read = connections_.endpoint().read(id_, room, now());
      if (!read) return false;  // it has just been reset
      head_.insert(head_.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(read->count));
      if (read->end && head_.size() < wire::kTestPrefaceSize) return fail(), false;
      if (read->count == 0) return false;
    }
    preface_ = wire::read_test_preface(head_);
    if (!preface_) fail();
    return preface_.has_value();
  }

  void fail() {
    connections_.endpoint().reset(id_, ResetReason::failed, now());
    connections_.let_go(id_);
    connections_.kick();
    over_();
  }

  /// False if the stream is not there any more.
  bool drop() {
    while (!input_ended_) {
      const auto read = connections_.endpoint().read(id_, piece_, now());
      if (!read) return false;
      if (read->end) input_ended_ = true;
      if (read->count < piece_.size()) break;
    }
    return true;
  }

  bool send() {
    Endpoint& endpoint = connections_.endpoint();
    while (sent_ < preface_->bytes) {
      const std::size_t count =
          std::min<std::size_t>({piece_.size(), preface_->bytes - sent_, endpoint.write_room(id_)});
      // What is not accepted is asked for again when there is room.
      const auto bytes = MutableByteView(piece_).first(std::max<std::size_t>(count, 1));
      wire::fill_with_test_bytes(sent_, bytes);
      const auto written = endpoint.write(id_, bytes, now());
      if (!written) return false;
      sent_ += *written;
      if (*written < bytes.size()) return true;
    }
    return end_output();
  }

  bool echo() {
    Endpoint& endpoint = connections_.endpoint();
    while (true) {
      if (!back_.empty()) {
        const auto written = endpoint.write(id_, back_, now());
        if (!written) return false;
        back_.erase(back_.begin(), back_.begin() + static_cast<std::ptrdiff_t>(*written));
        if (!back_.empty()) return true;
      }
      if (input_ended_) return end_output();
      const auto read = endpoint.read(id_, piece_, now());
      if (!read) return false;
      back_.assign(piece_.begin(), piece_.begin() + static_cast<std::ptrdiff_t>(read->count));
      if (read->end) input_ended_ = true;
      if (read->count == 0 && !input_ended_) return true;
    }
  }

  bool end_output() {
    const bool input_counts = preface_->kind != wire::TestKind::source;
    if (!output_ended_ && (input_ended_ || !input_counts)) {
      output_ended_ = true;
      return connections_.endpoint().shut_write(id_, now()).has_value();
    }
    return true;
  }

  Connections& connections_;
  const StreamId id_;
  std::function<void()> over_;
  Bytes head_;
  std::optional<wire::TestPreface> preface_;
  std::array<Byte, kTestPiece> piece_{};
  Bytes back_;  ///< to be sent back
  std::uint64_t sent_ = 0;
  bool input_ended_ = false;
  bool output_ended_ = false;
};

}  // namespace

void TestStreams::opened(StreamId id) {
  if (streams_ >= kMostStreams) {
    return connections_.reset(id, connections_.next_number(), ResetReason::no_resources,
                              "the other end tests the line already");
  }
  ++streams_;
  connections_.hold(id, std::make_shared<TestStream>(connections_, id, [this] { --streams_; }));
}

}  // namespace serialtcp::io
