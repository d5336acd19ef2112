// FrontEndPlace: a place to listen whose clients are connected sockets. The user of the front end decides
// what happens to them: a service, -L or -D.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "net/front_end.h"
#include "os/observer.h"
#include "service/service_kind.h"

namespace serialtcp::io {

class FrontEndPlace : public ListenPlace {
 public:
  struct Made {
    std::unique_ptr<FrontEnd> front_end;
    Listening listening;
  };

  /// Listens at once; clients wait until the front end is started. The error is a whole sentence.
  virtual std::expected<Made, std::string> make(asio::io_context& context, Observer& observer,
                                                const Addresses& addresses) const = 0;

  StreamKind streams() const final { return StreamKind::bytes; }
  std::expected<Listening, std::string> listen(const ServiceSite& site, const ServiceTerms& terms,
                                               const Addresses& addresses) const final {
    auto made = make(site.connections.context(), site.connections.observer(), addresses);
    if (!made) return std::unexpected(made.error());
    if (terms.refuse) made->front_end->refuse_while_stopped();
    site.connections.serve(purpose_of(terms, StreamKind::bytes), std::move(made->front_end), terms.limit);
    return std::move(made->listening);
  }
};

}  // namespace serialtcp::io
