// Options: what one control protocol negotiates (LCP, IPCP, IPV6CP): which options this end wants, and what it makes of
// those that the peer wants. ppp/control_protocol exchanges them.
#pragma once

#include <string>
#include <string_view>

#include "ppp/packet.h"
#include "serialtcp/bytes.h"

namespace serialtcp::ppp {

/// What is answered about one option of the peer's.
struct Judgement {
  enum class Kind : std::uint8_t {
    accept,
    nak,     ///< with `value` it would be accepted
    reject,  ///< not known here, or not wanted
  };
  Kind kind = Kind::reject;
  Bytes value = {};
};

class Options {
 public:
  Options() = default;
  virtual ~Options() = default;
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  /// A negotiation begins: everything is wanted again.
  virtual void reset() = 0;
  /// The options of this end's next Configure-Request.
  virtual void append_wanted(Bytes& out) const = 0;

  /// A Configure-Request of the peer begins: options that it does not contain have their defaults.
  virtual void begin_peer() = 0;
  virtual Judgement judge(const Option& option) = 0;
  /// Appends options that the peer should request, and did not. Asked once in a negotiation.
  virtual void append_missing(Bytes&) {}

  /// The peer accepts all of the request.
  virtual void acknowledged() {}
  /// The peer wants another value. Options that were not in the request may be among them.
  virtual void naked(const Option& option) = 0;
  /// The peer does not know it, or does not want it.
  virtual void rejected(Byte type) = 0;

  /// A whole sentence, once it is known that there can be no agreement; empty while there can be one.
  virtual std::string problem() const { return {}; }
  /// For messages: as in "its IP address".
  virtual std::string_view name(Byte type) const = 0;
};

}  // namespace serialtcp::ppp
