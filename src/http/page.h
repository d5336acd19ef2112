// The page that shows the status: page.html, which is part of the program.
#pragma once

#include "http/response.h"

namespace serialtcp::http {

/// Its style and its script are allowed by a nonce, which is another one each time; nothing else is.
Response page();

}  // namespace serialtcp::http
