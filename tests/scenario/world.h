// World: a Pair with applications on both ends, and a ledger of what they did. Every event at one side is
// checked against what the other one did, as plain TCP would have it. The end that a stream is opened at
// writes and reads a pattern that depends on the stream; the behaviour of the far side is sent as the service
// number.
//
// Checked at every event, for streams of our own protocol: the bytes read are a prefix of those that the
// other side wrote; the end is read after all of them, and only if it was shut; a stream is closed only after
// both ends; a reset has the other side's reason, or comes from the end of the link; and a reset in order
// comes after everything that the other side wrote.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "payload.h"
#include "sim/pair.h"

namespace serialtcp::test {

using namespace std::chrono_literals;
using sim::End;

/// What the far side of a stream does. Sent as the service number.
enum class Behaviour : std::uint16_t { echo = 0, sink = 1, source = 2, refuse = 3, silent = 4 };

/// One side of a stream, as an application sees it.
struct Socket {
  StreamId id;
  std::uint64_t pattern = 0;   ///< what it writes
  std::uint64_t to_write = 0;  ///< in total; then it shuts its side if `shut_after`
  std::uint64_t written = 0;
  bool shut_after = true;
  bool shut = false;
  bool reads = true;
  std::uint64_t read = 0;
  bool end_read = false;
  bool closed = false;
  std::optional<ResetReason> reset;
  bool reset_by_us = false;
  std::optional<Time> reset_in_order = std::nullopt;  ///< when we did that
  std::size_t links_lost_before = 0;                  ///< at this end, when the stream was opened
  bool echoes = false;                                ///< writes what it reads
  std::uint64_t may_read = ~std::uint64_t{0};         ///< a slow reader's application requests no more so far
  Bytes echo_backlog;
  std::uint64_t learned = 0;             ///< the pattern's number, as far as it was read
  std::optional<std::uint64_t> expects;  ///< the pattern of the bytes to be read
  Time first_read{};
  Time last_read{};
  Socket* partner = nullptr;  ///< the other side, once it has the stream
  bool trusted = true;        ///< its bytes are checked

  bool done() const { return closed || reset.has_value(); }
};

struct WorldConfig {
  std::uint32_t baud = 115200;
  std::uint64_t seed = 1;
  std::size_t tty_queue = 22048;  ///< hidden by the driver, as in a pty
  sim::Faults faults{};
  Duration latency{0};
  Duration quantum{0};  ///< bytes arrive at multiples of this, as with the timer of a USB adapter
  sim::Lumps lumps{};
  std::optional<sim::Lumps> b_to_a_lumps = std::nullopt;     ///< if they differ in this direction
  std::optional<std::uint64_t> nominal_rate = std::nullopt;  ///< if it is not the true one
  Duration hold = 300s;
  Role a_role = Role::server;
  Role b_role = Role::client;
  std::optional<std::uint32_t> b_baud =
      std::nullopt;  ///< if it differs, so that neither end receives the other
  std::optional<std::uint32_t> b_to_a_baud =
      std::nullopt;  ///< if the line is slower or faster in this direction
  std::size_t receive_buffer = sim::CableConfig{}.receive_buffer;
  std::uint32_t max_streams = EndpointConfig{}.max_streams;
  Protocol a_protocol = Protocol::automatic;
  Protocol b_protocol = Protocol::automatic;
  AtPrompt a_at_prompt = AtPrompt::silent;
  Compression a_compression = Compression::on;
  Compression b_compression = Compression::on;
  std::optional<Key> a_key = std::nullopt;
  std::optional<Key> b_key = std::nullopt;
  Duplex a_duplex = Duplex::automatic;
  Duplex b_duplex = Duplex::automatic;
  CleanLine a_clean = {};
  CleanLine b_clean = {};
  std::optional<sim::SharedMediumConfig> shared = std::nullopt;  ///< if both directions share one medium
  std::optional<LineSpeeds> a_speeds = std::nullopt;  ///< if the speeds of the ports can be changed
  std::optional<LineSpeeds> b_speeds = std::nullopt;
  ServiceNames a_services = {};
  ServiceNames b_services = {};
};

/// The same key for the same number.
Key key_number(Byte number);

class World {
 public:
  explicit World(const WorldConfig& config);

  sim::Pair& pair() { return pair_; }
  Time now() const { return pair_.now(); }
  double line_rate() const { return config_.baud / 10.0; }

  void start_both();
  void restart(End end);
  /// Stopped as by Ctrl-C: sends goodbye.
  void shut_down(End end);
  void leave_and_return(End end);
  /// Another program replaces this end.
  void replace(End end, Protocol protocol);
  void set_latency(Duration latency) { pair_.cable().set_latency(latency, now()); }
  /// Runs until both links are up; the test fails if that takes longer.
  Duration bring_up(Duration limit = 2s);
  void run_for(Duration duration);
  /// Runs until `done` or the limit; returns whether it was done.
  bool run_until(const std::function<bool()>& done, Duration limit);

  /// Opens a stream at `end` that writes `bytes` and then shuts its side, or does not.
  enum class Then : std::uint8_t { shut, stay_open };
  Socket& open(End end, Behaviour far, std::uint64_t bytes, Then then = Then::shut, const Purpose& like = {});
  /// Null where a limit of either end, or the link, does not permit it.
  Socket* try_open(End end, Behaviour far, std::uint64_t bytes, Then then = Then::shut,
                   const Purpose& like = {});
  /// The application resets its connection.
  void reset(End end, Socket& socket, ResetReason reason);
  /// Like a TCP stack when the application closes without having read everything: what was written is sent
  /// first.
  void reset_in_order(End end, Socket& socket, ResetReason reason);
  /// Gets every event first; returns whether it belongs to one of its own streams.
  using Listener = std::function<bool(End, const Event&)>;
  void set_listener(Listener listener) { listener_ = std::move(listener); }
  /// Of the streams that were opened to either end.
  std::set<std::string> names_opened;
  /// What the `source` behaviour writes.
  std::uint64_t source_bytes = 0;
  bool far_reads = true;
  /// What sockets write that are opened from now on.
  Payload payload = Payload::random;
  /// If set, what the far side does for any service: the original's protocol supports only the default one.
  std::optional<Behaviour> far_does;
  /// The original's protocol repairs no damage: the bytes of existing streams are not checked from now on,
  /// nor those of streams that are opened until check_again().
  void stop_checking();
  void check_again() { checking_ = true; }

  void write(End end, Socket& socket, std::uint64_t more);
  void shut(End end, Socket& socket);
  /// Reads again from a socket with `reads` = false.
  void resume_reading(End end, Socket& socket);
  void serve(End end);
  const std::vector<Event>& line_events(End end) const { return line_events_[end == End::a ? 0 : 1]; }
  bool heard_of(End end, LineTrouble trouble) const;
  bool heard_of(End end, LinkDownReason reason) const;
  /// The reports to this end about how the line changes bytes.
  std::vector<ByteChange> byte_changes(End end) const;
  /// The protocol of the last link that came up.
  std::optional<Protocol> protocol_at(End end) const;
  /// Another sender writes on the line to the other end: boot messages, a console, noise.
  void inject(End from, std::string_view text);
  std::map<StreamId, Socket>& sockets(End end) { return sockets_[end == End::a ? 0 : 1]; }
  /// Bytes that the application at `writer` wants to write, and that the other side has not read.
  std::uint64_t outstanding(End writer) const;
  /// How often this end was restarted.
  std::size_t restarts(End end) const { return restarts_[end == End::a ? 0 : 1]; }
  bool all_done();
  /// The counters of both ends and the sockets that are not done, for a failure message.
  std::string describe();
  /// So many bytes each way, on streams of their own, within this time; each byte is checked.
  void expect_transfer(std::uint64_t bytes, Duration limit);
  /// Checks what must hold when everything has ended: nothing in flight, nothing held, nothing open.
  void expect_quiet();
  /// And, if no link was ever lost: the counters of both ends agree with each other, with the cable's, and
  /// with the applications'.
  void expect_balance();

 private:
  void on_event(End end, const Event& event);
  void pump_socket(End end, Socket& socket);
  void read_socket(End end, Socket& socket);
  void on_opened(End end, const event::Opened& opened);
  void on_reset(End end, Socket& socket, ResetReason reason);
  std::size_t links_lost(End end) const;
  void on_closed(Socket& socket);
  void check_read(Socket& socket, ByteView bytes);
  static void check_end(const Socket& socket);
  void expect_balance(End sender);

  WorldConfig config_;
  sim::Pair pair_;
  std::array<std::map<StreamId, Socket>, 2> sockets_;
  std::vector<std::map<StreamId, Socket>::node_type> buried_;  // of endpoints that were restarted
  std::array<std::vector<Event>, 2> line_events_;
  std::uint64_t new_pattern() { return pattern_number(payload, next_pattern_++); }
  std::uint64_t next_pattern_ = 1;
  bool checking_ = true;
  Listener listener_;
  std::array<std::size_t, 2> restarts_{};
  std::array<std::uint64_t, 2> injected_{};  // bytes
  std::map<std::uint16_t, Socket*> opened_;  // by the number in the service
  std::uint16_t last_number_ = 0;
};

}  // namespace serialtcp::test
