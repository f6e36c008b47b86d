"""What institutions offer beside instruments: what they can test and measure, service plans, and the topics plans stand under."""
