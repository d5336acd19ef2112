// ServiceKind: one kind of place where a service of this end can be: a TCP port, a program ... It parses the
// place as the user writes it, and makes an object of it that listens or is connected to.
// service/service_kinds.h lists all kinds. No other file knows which kinds there are.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "driver/connections.h"
#include "net/process_shares.h"
#include "net/target.h"
#include "os/asio.h"
#include "serialtcp/service.h"
#include "serialtcp/time.h"

namespace serialtcp::io {

/// What every service has, whatever its kind.
struct ServiceTerms {
  std::string name = {};  ///< empty: the default service
  Priority priority = Priority::automatic;
  /// Bytes per second in each direction, of all its connections together; empty: no limit.
  std::optional<std::uint64_t> limit = {};
  bool refuse = false;  ///< clients are refused while there is no link; otherwise they wait for it

  bool operator==(const ServiceTerms&) const = default;
};

/// What services need to be set up on one link. Everything that is referred to must outlive its services.
struct ServiceSite {
  Connections& connections;
  const ProcessShares& shares;
  Duration connect_timeout;
};

/// The result of listening.
struct Listening {
  std::vector<std::string> places;         ///< for the log: "127.0.0.1:8080"
  std::vector<std::string> warnings = {};  ///< for the log: who else can connect
  std::optional<std::uint16_t> port = {};  ///< of a kind that has ports
};

/// Why nothing can listen at a place.
struct Obstacle {
  enum class Kind : std::uint8_t {
    in_use,      ///< by a program, which may be this one
    not_passed,  ///< a service manager has not passed it to this process
    unusable,
  };
  Kind kind = Kind::unusable;
  std::string text;  ///< a whole sentence
};

/// What only one service can listen at. Two claims of one space conflict if their keys are equal, or if one
/// of them is the whole space.
struct Claim {
  std::string space;  ///< "tcp:8080"
  std::string key;    ///< "127.0.0.1"
  enum class Extent : std::uint8_t { one, whole_space } extent = Extent::one;
};

class Place {
 public:
  virtual ~Place() = default;

  /// What its streams carry.
  virtual StreamKind streams() const = 0;
  /// For the log: "192.168.0.1:22", "unix:/run/x.sock".
  virtual std::string text() const = 0;
  virtual bool equals(const Place& other) const = 0;
};

/// Where a service listens (--server).
class ListenPlace : public Place {
 public:
  using Addresses = std::vector<asio::ip::address>;

  /// The host whose addresses are passed to listen(); empty: it needs none.
  virtual std::optional<Target> host() const = 0;
  /// Empty: any number of services can listen there.
  virtual std::optional<Claim> claim() const = 0;
  /// Whether listen() would succeed, as far as that can be seen without listening. Nothing remains of it.
  virtual std::optional<Obstacle> try_out(asio::io_context& context, const Addresses& addresses) const = 0;
  /// Listens, and carries the connections from there. The error is a whole sentence.
  virtual std::expected<Listening, std::string> listen(const ServiceSite& site, const ServiceTerms& terms,
                                                       const Addresses& addresses) const = 0;
};

/// What a service is connected to (--client).
class ConnectPlace : public Place {
 public:
  /// Connects each stream that the peer opens for the service.
  virtual void offer(const ServiceSite& site, const ServiceTerms& terms) const = 0;
};

/// A place that is this value.
template <typename Kind, typename Value>
class PlaceOf : public Kind {
 public:
  explicit PlaceOf(Value value) : value_(std::move(value)) {}

  bool equals(const Place& other) const final {
    return typeid(*this) == typeid(other) && value_ == static_cast<const PlaceOf&>(other).value_;
  }

 protected:
  Value value_;
};

/// An option after a comma that not every service has.
struct KindOption {
  std::string_view name;   ///< "mode=": its value follows; "anyport": it has none
  std::string_view usage;  ///< "mode=MODE"
  std::string_view where;  ///< the services that have it: "for a --server on a unix socket"

  bool is(std::string_view text) const { return name.ends_with('=') ? text.starts_with(name) : text == name; }
};

/// A place as text.
struct PlaceText {
  std::string_view where;                          ///< without the prefix
  std::span<const std::string_view> options = {};  ///< those that not every service has
  Family family = Family::any;                     ///< of the addresses of names
};

template <typename Kind>
using ParsedPlace = std::expected<std::shared_ptr<const Kind>, std::string>;

class ServiceKind {
 public:
  virtual ~ServiceKind() = default;

  /// "unix:"; empty for the kind of all texts without a prefix.
  virtual std::string_view prefix() const = 0;
  /// Whether options follow the first comma, or commas belong to the place.
  enum class Commas : std::uint8_t { begin_options, belong_to_place };
  virtual Commas commas() const = 0;
  /// What options() are for: "for unix sockets".
  virtual std::string_view options_are() const = 0;
  virtual std::span<const KindOption> options() const = 0;
  /// Errors complete "argument X: ...".
  virtual ParsedPlace<ListenPlace> parse_server(const PlaceText& text) const = 0;
  virtual ParsedPlace<ConnectPlace> parse_client(const PlaceText& text) const = 0;
};

/// What the streams of a service are for.
Purpose purpose_of(const ServiceTerms& terms, StreamKind streams);

}  // namespace serialtcp::io
