// [[link]]: a cable, which a LinkSet runs.
#pragma once

#include "cli/table_kind.h"

namespace serialtcp::cli {

const TableKind& link_tables();

}  // namespace serialtcp::cli
