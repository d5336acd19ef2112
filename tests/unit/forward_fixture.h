// Common parts of tests of forwarding: patterns, and streams whose first bytes a test chooses.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "driver_fixture.h"
#include "os/clock.h"
#include "service/allow_list.h"

namespace serialtcp::io {

inline AllowList allow_list(const std::vector<std::string>& texts, AllowedTo to) {
  std::vector<AllowPattern> patterns;
  for (const std::string& text : texts) patterns.push_back(parse_allow_pattern(text, to).value());
  return AllowList(std::move(patterns));
}

/// A stream whose handler is a test: keeps what arrives.
class Probe final : public StreamHandler {
 public:
  /// Opens a stream that begins with this.
  static std::shared_ptr<Probe> open(End& end, ServiceId service, ByteView preface) {
    Connections& connections = end.driver.connections();
    const StreamId id = connections.open(service, preface).value();
    auto probe = std::make_shared<Probe>(connections, id);
    connections.hold(id, probe);
    return probe;
  }

  Probe(Connections& connections, StreamId id) : connections_(connections), id_(id) {}

  void readable() override {
    Bytes buffer(64 * 1024);
    const auto read = connections_.endpoint().read(id_, buffer, now());
    if (!read) return;
    got.insert(got.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(read->count));
    end = end || read->end;
  }
  void closed() override { was_closed = true; }
  void reset(ResetReason reason) override { was_reset = reason; }
  void abandon() override {}

  void write(ByteView bytes) {
    EXPECT_EQ(connections_.endpoint().write(id_, bytes, now()), bytes.size());
    connections_.kick();
  }
  void shut() {
    EXPECT_TRUE(connections_.endpoint().shut_write(id_, now()));
    connections_.kick();
  }

  Bytes got;
  bool end = false;
  bool was_closed = false;
  std::optional<ResetReason> was_reset;

 private:
  Connections& connections_;
  StreamId id_;
};

}  // namespace serialtcp::io
