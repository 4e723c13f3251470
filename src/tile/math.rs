//! Elementary functions of known accuracy, the same bits on every machine.
