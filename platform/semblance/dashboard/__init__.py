"""The pages people see, a thin face over the domain."""
