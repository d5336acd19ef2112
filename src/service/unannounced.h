// Unannounced: a place whose service the other end is not told of in advance (docs/protocol.md, "Services"): a peer would
// take it for a service of the same name that it knows. Whether the other end has it shows when a stream is opened.
#pragma once

namespace serialtcp::io {

class Unannounced {
 public:
  virtual ~Unannounced() = default;
};

}  // namespace serialtcp::io
